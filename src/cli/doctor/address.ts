import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { instanceOf } from '../../http/tokens.ts';
import { signatureOf } from '../../twilio/webhooks/signature.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';

const PATIENCE = 10_000;

const health = z.object({ status: z.literal('ok'), instance: z.string() });

/** Whether a webhook that Twilio sends to PUBLIC_URL comes to this installation, and is believed there. */
export async function examineAddress(config: Config): Promise<Finding[]> {
  const { publicUrl } = config.http;
  if (publicUrl === undefined) {
    if (config.local) return [];
    return [
      warning(
        'address',
        'PUBLIC_URL is not set: signatures are checked against the host that each request names.',
        'Set it to the https address under which Twilio reaches this server.',
      ),
    ];
  }
  const findings: Finding[] = [];
  if (!config.local && !config.twilio.apiBaseUrl && isPrivate(publicUrl)) {
    findings.push(
      problem(
        'address',
        `Twilio cannot reach ${publicUrl}: it is on this machine or on a private network.`,
        'Set PUBLIC_URL to a public https address, of a proxy or a tunnel for example.',
      ),
    );
  } else if (!config.local && !config.twilio.apiBaseUrl && !publicUrl.startsWith('https:')) {
    findings.push(
      warning(
        'address',
        'PUBLIC_URL is not https: texts and logins cross the network in the clear.',
        'Put a proxy with a certificate in front, and set PUBLIC_URL to its https address.',
      ),
    );
  }
  let response: Response;
  try {
    response = await fetch(`${publicUrl}/healthz`, { signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    return [...findings, unreachable(publicUrl, reasonOf(error))];
  }
  const parsed = health.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) {
    return [
      ...findings,
      problem(
        'address',
        `What answers at ${publicUrl} is not Tandem (HTTP ${response.status}).`,
        'Have the proxy pass every path on to Tandem, or correct PUBLIC_URL.',
      ),
    ];
  }
  if (parsed.data.instance !== instanceOf(config.secrets.secretsKey)) {
    return [
      ...findings,
      problem(
        'address',
        `At ${publicUrl} answers another installation of Tandem.`,
        'Correct PUBLIC_URL, or give all processes the same SECRETS_KEY.',
      ),
    ];
  }
  findings.push(ok('address', `${publicUrl} leads to this installation.`));
  return config.local ? findings : [...findings, await examineSignature(config, publicUrl)];
}

/** Sends a webhook as Twilio would: one that says nothing, and is forgotten once its signature is checked. */
async function examineSignature(config: Config, publicUrl: string): Promise<Finding> {
  const [account] = config.twilio.accounts as [Config['twilio']['accounts'][number]];
  const url = `${publicUrl}/webhooks/twilio/status`;
  const fields = new Map([
    ['AccountSid', account.accountSid],
    ['MessageSid', `SM${'0'.repeat(32)}`],
    ['MessageStatus', 'queued'],
  ]);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signatureOf(account.authTokens[0] as string, url, fields),
    },
    body: new URLSearchParams([...fields]).toString(),
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => undefined);
  if (response?.status === 204) return ok('address', 'A signed webhook is taken there.');
  if (response?.status === 403) {
    return problem(
      'address',
      'A webhook that is signed as Twilio signs is refused there.',
      'Give all processes the same PUBLIC_URL and TWILIO_AUTH_TOKEN, and have the proxy leave the path as it is.',
    );
  }
  return problem(
    'address',
    `A signed webhook is answered with ${response ? `HTTP ${response.status}` : 'nothing'} there.`,
    'Have the proxy pass POST requests on; the gateway’s log says why it refused one.',
  );
}

function unreachable(publicUrl: string, reason: string): Finding {
  const fix = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(reason)
    ? 'Mend the certificate: Twilio refuses it too.'
    : reason === 'ENOTFOUND'
      ? 'There is no such name: correct PUBLIC_URL, or its DNS.'
      : 'Start the gateway, and let the proxy, the firewall or the tunnel lead there.';
  return problem('address', `${publicUrl} cannot be reached from here (${reason}).`, fix);
}

function isPrivate(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.*\.local|.*\.internal|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|\[.*\])$/.test(
    hostname,
  );
}
