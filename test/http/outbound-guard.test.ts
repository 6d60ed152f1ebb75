import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dispatcher, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedDispatcher, fetchThrough } from '../../src/http/outbound-guard.ts';

let server: Server;
let port: number;
let reached = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    reached += 1;
    response.end('inside');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const failureOf = (dispatcher: Dispatcher, url: string) =>
  request(url, { dispatcher, signal: AbortSignal.timeout(5_000) }).then(
    () => 'answered',
    (error: Error) => error.name,
  );

describe('a request to a URL that somebody gave us', () => {
  const guarded = createGuardedDispatcher({ allowPrivate: false });
  afterAll(() => guarded.close());

  it.each([
    'localhost',
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd12::1]',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
  ])('does not reach %s', async (host) => {
    const before = reached;
    expect(await failureOf(guarded, `http://${host}:${port}/`)).toBe('PrivateAddressError');
    expect(reached).toBe(before);
  });

  it('does not reach a private address by fetch either, which follows redirects with the same guard', async () => {
    await expect(fetchThrough(guarded)(`http://localhost:${port}/`)).rejects.toMatchObject({
      cause: { name: 'PrivateAddressError' },
    });
  });

  it('reaches private addresses where they are allowed', async () => {
    const open = createGuardedDispatcher({ allowPrivate: true });
    const { body } = await request(`http://127.0.0.1:${port}/`, { dispatcher: open });
    expect(await body.text()).toBe('inside');
    await open.close();
  });
});
