import { createHash, timingSafeEqual } from 'node:crypto';

export type Account = { sid: string; authToken: string; apiKeys?: { sid: string; secret: string }[] };

/** The account that a Basic `Authorization` header opens, by auth token or by API key. */
export function authenticate(accounts: readonly Account[], header: string | undefined): Account | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const given = Buffer.from(encoded, 'base64').toString();
  const user = given.slice(0, given.indexOf(':'));
  const password = given.slice(user.length + 1);
  return accounts.find((account) => {
    const secret = account.sid === user ? account.authToken : account.apiKeys?.find((key) => key.sid === user)?.secret;
    return secret !== undefined && sameSecret(secret, password);
  });
}

function sameSecret(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}
