import { createHmac, randomBytes } from 'node:crypto';

export const ACCOUNT_SID = `AC${'0'.repeat(31)}1`;
export const AUTH_TOKEN = 'bench-token';
export const OURS = '+15550001000';
export const PATH = '/webhooks/twilio/messaging';

/** A ready-made HTTP request, and the name by which its answer is recognised. */
export type Request = { id: string; bytes: Buffer };

/** Signed inbound texts of about 900 bytes, each with a SID of its own, from `senders` different numbers. */
export function makeRequests(count: number, options: { port: number; senders: number; tag: string }): Request[] {
  const host = `127.0.0.1:${options.port}`;
  return Array.from({ length: count }, (_, n) => {
    const id = `${options.tag}-${n}`;
    const sid = `SM${randomBytes(16).toString('hex')}`;
    const fields: Record<string, string> = {
      ToCountry: 'US',
      ToState: 'CA',
      SmsMessageSid: sid,
      NumMedia: '0',
      ToCity: 'SAN FRANCISCO',
      FromZip: '94105',
      SmsSid: sid,
      FromState: 'CA',
      SmsStatus: 'received',
      FromCity: 'SAN FRANCISCO',
      Body: `Olá ☀ ${id}`,
      FromCountry: 'US',
      To: OURS,
      ToZip: '94105',
      NumSegments: '1',
      MessageSid: sid,
      AccountSid: ACCOUNT_SID,
      From: `+1555${String(1_000_000 + (n % options.senders))}`,
      ApiVersion: '2010-04-01',
      Extra: 'x'.repeat(300),
    };
    let signed = `http://${host}${PATH}`;
    for (const name of Object.keys(fields).sort()) signed += name + fields[name];
    const signature = createHmac('sha1', AUTH_TOKEN).update(signed, 'utf8').digest('base64');
    const body = new URLSearchParams(fields).toString();
    const head = `POST ${PATH} HTTP/1.1\r\nHost: ${host}\r\nX-Twilio-Signature: ${signature}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return { id, bytes: Buffer.from(head + body) };
  });
}
