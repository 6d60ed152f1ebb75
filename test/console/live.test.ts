import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { live } from '../../src/console/api/live.ts';

test('a page is told of what came while it was being told, and was gone again at the next look', async () => {
  let list: string[] = [];
  let comes: string[] = ['a failure'];
  const view = {
    name: { kind: 'failures' },
    version: async () => list.join(),
    load: async () => {
      // It comes between the two questions, and goes as soon as it was seen.
      list = comes;
      comes = [];
      return list;
    },
  };
  const app = express().get('/', (_request, response) => live(response, [view]));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { body } = await fetch(`http://127.0.0.1:${port}`);
    const told: unknown[] = [];
    for await (const event of body as AsyncIterable<Uint8Array>) {
      const text = Buffer.from(event).toString();
      if (!text.startsWith('event: view')) continue;
      told.push(JSON.parse(text.slice(text.indexOf('{'))).data);
      if (told.length === 1) list = [];
      else break;
    }
    expect(told).toEqual([['a failure'], []]);
  } finally {
    server.close();
  }
});
