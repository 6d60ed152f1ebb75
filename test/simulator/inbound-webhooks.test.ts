import { describe, expect, it } from 'vitest';
import { account, nowhere, ours, phone, receiver, serviceSid, simulator } from './support.ts';

const number = `/simulator/numbers/${encodeURIComponent(ours)}`;

describe('a phone texts', () => {
  it('stores the message, then posts a webhook that Twilio’s own library finds rightly signed', async () => {
    const gateway = await receiver();
    const { client, text } = await simulator({ defaultWebhook: gateway.url });
    const answer = await text({ body: "Olá ☀ it's & = +" });
    expect(answer.webhook).toEqual({ status: 200, attempts: 1, errorCode: null });
    const [request] = gateway.received;
    if (request === undefined) throw new Error('nothing arrived');
    expect(gateway.signed(request)).toBe(true);
    expect(gateway.signed(request, 'another token')).toBe(false);
    expect(request.headers['user-agent']).toBe('TwilioProxy/1.1');
    expect(request.fields).toEqual({
      MessageSid: answer.sid,
      SmsSid: answer.sid,
      SmsMessageSid: answer.sid,
      AccountSid: account.sid,
      From: phone,
      To: ours,
      Body: "Olá ☀ it's & = +",
      NumMedia: '0',
      NumSegments: '1',
      SmsStatus: 'received',
      ApiVersion: '2010-04-01',
      FromCity: '',
      FromState: '',
      FromZip: '',
      FromCountry: 'US',
      ToCity: '',
      ToState: '',
      ToZip: '',
      ToCountry: 'US',
    });
    const stored = await client.messages(answer.sid).fetch();
    expect(stored).toMatchObject({ direction: 'inbound', status: 'received', from: phone, to: ours });
  });

  it('has what WhatsApp adds, what a Messaging Service adds, and whatever else is asked for', async () => {
    const gateway = await receiver();
    const { text } = await simulator({ defaultWebhook: gateway.url });
    await text({
      from: `whatsapp:${phone}`,
      to: `whatsapp:${ours}`,
      profileName: 'Ann',
      messagingServiceSid: serviceSid,
      extra: { ButtonPayload: 'yes-1' },
    });
    expect(gateway.received[0]?.fields).toMatchObject({
      ProfileName: 'Ann',
      WaId: phone.slice(1),
      MessageType: 'text',
      MessagingServiceSid: serviceSid,
      ButtonPayload: 'yes-1',
      Body: '',
    });
    expect(gateway.received[0]?.fields).not.toHaveProperty('FromCountry');
  });

  it('serves media to the account only, byte for byte', async () => {
    const gateway = await receiver();
    const { text } = await simulator({ defaultWebhook: gateway.url });
    const bytes = Buffer.from([0, 1, 2, 254, 255]);
    const { sid } = await text({
      media: [
        { contentType: 'image/png', data: bytes.toString('base64') },
        { contentType: 'image/jpeg', url: gateway.url },
      ],
    });
    expect(sid).toMatch(/^MM/);
    const fields = gateway.received[0]?.fields ?? {};
    expect(fields).toMatchObject({ NumMedia: '2', MediaContentType0: 'image/png', MediaContentType1: 'image/jpeg' });
    expect((await fetch(fields.MediaUrl0 ?? '')).status).toBe(401);
    const headers = {
      authorization: `Basic ${Buffer.from(`${account.sid}:${account.authToken}`).toString('base64')}`,
    };
    const media = await fetch(fields.MediaUrl0 ?? '', { headers });
    expect(media.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await media.arrayBuffer())).toEqual(bytes);
    const elsewhere = await fetch(fields.MediaUrl1 ?? '', { headers, redirect: 'manual' });
    expect(elsewhere.headers.get('location')).toBe(gateway.url);
  });

  it('asks by GET where the number says so, signed over the whole address', async () => {
    const gateway = await receiver();
    const { text, send } = await simulator();
    await send('PUT', number, { smsUrl: `${gateway.url}?AssistantId=7#rc=2`, smsMethod: 'GET' });
    await text({ body: 'by GET' });
    const [request] = gateway.received;
    expect(request).toMatchObject({ method: 'GET', fields: {} });
    expect(new URL(request?.url ?? '').searchParams.get('Body')).toBe('by GET');
    expect(new URL(request?.url ?? '').searchParams.get('AssistantId')).toBe('7');
    expect(request !== undefined && gateway.signed(request)).toBe(true);
  });

  it('sends as many copies as told, all of one message', async () => {
    const gateway = await receiver();
    const { text, messages } = await simulator({ defaultWebhook: gateway.url });
    const answer = await text({ body: 'twice', copies: 3 });
    expect(gateway.received.map((request) => request.fields.MessageSid)).toEqual(Array(3).fill(answer.sid));
    expect(await messages()).toHaveLength(1);
  });

  it.each([
    ['a sender that is no number', { from: 'Bob' }],
    ['two channels', { from: `whatsapp:${phone}` }],
    ['a body over 1600', { body: 'x'.repeat(1601) }],
    ['an unknown field', { bodi: 'x' }],
    ['media over 5 MB', { media: [{ contentType: 'image/png', data: 'A'.repeat(6_990_512) }] }],
  ])('refuses %s', async (_what, part) => {
    const { send, messages } = await simulator();
    const answer = await send('POST', '/simulator/texts', { from: phone, to: ours, ...part });
    expect(answer).toMatchObject({ status: 400, body: { code: 20001 } });
    expect(await messages()).toEqual([]);
  });
});

describe('a webhook that fails', () => {
  it('is tried twice when no connection can be made, and the message stays in the log', async () => {
    const { text, client } = await simulator({ defaultWebhook: await nowhere() });
    const answer = await text({ body: 'anybody?' });
    expect(answer.webhook).toEqual({ status: null, attempts: 2, errorCode: 11205 });
    expect((await client.messages.list({ to: ours })).map((message) => message.sid)).toEqual([answer.sid]);
  });

  it('is tried once when it answers 5xx or breaks off', async () => {
    const gateway = await receiver((response, request) => {
      if (request.fields.Body === 'break') response.destroy();
      else response.writeHead(503).end();
    });
    const { text } = await simulator({ defaultWebhook: gateway.url });
    expect((await text({ body: 'fail' })).webhook).toEqual({ status: 503, attempts: 1, errorCode: 11200 });
    expect((await text({ body: 'break' })).webhook).toEqual({ status: null, attempts: 1, errorCode: 11200 });
    expect(gateway.received).toHaveLength(2);
  });

  it('goes to the fallback, which is told why', async () => {
    const fallback = await receiver();
    const failing = await receiver((response) => response.writeHead(500).end());
    const { text, send } = await simulator();
    await send('PUT', number, { smsUrl: failing.url, smsFallbackUrl: fallback.url });
    expect((await text({ body: 'help me' })).webhook).toEqual({ status: 200, attempts: 2, errorCode: null });
    const [request] = fallback.received;
    expect(request?.fields).toMatchObject({ Body: 'help me', ErrorCode: '11200', ErrorUrl: failing.url });
    expect(request !== undefined && fallback.signed(request)).toBe(true);
  });
});

describe('what a webhook answers', () => {
  const answering = async (type: string, body: string) => {
    const gateway = await receiver((response) => response.writeHead(200, { 'content-type': type }).end(body));
    const { text, messages, quiet } = await simulator({ defaultWebhook: gateway.url });
    const { webhook } = await text({ body: 'hi' });
    await quiet();
    const replies = (await messages()).filter((message) => message.direction === 'outbound-reply');
    return { webhook, replies };
  };

  it.each([
    ['text/xml', '<Response/>'],
    ['text/xml; charset=utf-8', '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'],
    ['text/plain', ''],
  ])('%s %s sends nothing', async (type, body) => {
    const { webhook, replies } = await answering(type, body);
    expect(webhook.errorCode).toBeNull();
    expect(replies).toEqual([]);
  });

  it.each([
    ['text/xml', '<Response><Message>a &amp; b</Message><Message><Body>c</Body></Message></Response>', ['a & b', 'c']],
    ['application/xml', '<Response><!-- x --><Message><![CDATA[<d> &amp;]]></Message></Response>', ['<d> &amp;']],
    ['text/plain; charset=utf-8', 'OK', ['OK']],
  ])('%s %s is sent to the phone', async (type, body, bodies) => {
    const { replies } = await answering(type, body);
    expect(replies.map((reply) => reply.body)).toEqual(bodies);
    for (const reply of replies) expect(reply).toMatchObject({ from: ours, to: phone, status: 'delivered' });
  });

  it.each([
    ['text/xml', '<Response><Message>unclosed', 12100],
    ['application/json', '{}', 12300],
  ])('%s %s raises %s %s', async (type, body, errorCode) => {
    const { webhook, replies } = await answering(type, body);
    expect(webhook).toMatchObject({ status: 200, errorCode });
    expect(replies).toEqual([]);
  });
});

describe('the fragment of a webhook’s URL', () => {
  const outcomeWith = async (fragment: string, status: number) => {
    const gateway = await receiver((response) => response.writeHead(status).end());
    const { text } = await simulator({ defaultWebhook: `${gateway.url}${fragment}` });
    const { webhook } = await text({ body: 'x' });
    for (const request of gateway.received) expect(gateway.signed(request)).toBe(true);
    const tokens = gateway.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(new Set(tokens).size).toBe(1);
    return webhook.attempts;
  };

  it.each([
    ['', 500, 1],
    ['#rc=3&rp=5xx', 500, 4],
    ['#rc=3&rp=ct,4xx', 500, 1],
    ['#rc=2&rp=all', 404, 3],
    ['#rc=2&rp=all', 200, 1],
    ['#rc=9&rp=all', 500, 6],
  ])('%s, and an answer of %i: %i attempts', async (fragment, status, attempts) => {
    expect(await outcomeWith(fragment, status)).toBe(attempts);
  });

  it('means nothing to Conversations', async () => {
    const gateway = await receiver((response) => response.writeHead(500).end());
    const conversations = `${gateway.url}#rc=3&rp=all`;
    const { send, quiet } = await simulator({ defaultEventWebhooks: { conversations } });
    await send('POST', '/simulator/conversations', { identity: 'ann' });
    await quiet();
    expect(gateway.received.map(({ fields }) => fields.EventType).sort()).toEqual([
      'onConversationAdded',
      'onParticipantAdded',
    ]);
  });
});
