import { describe, expect, test } from 'vitest';
import { candidateUrls } from '../../src/twilio/webhooks/signed-url.ts';

const rawUrl = "/hook?q=it's+%27%20é";

describe('under a public URL', () => {
  test.each([
    ['https://bot.example', ['https://bot.example', 'https://bot.example:443']],
    ['https://bot.example/', ['https://bot.example', 'https://bot.example:443']],
    ['http://bot.example', ['http://bot.example', 'http://bot.example:80']],
    ['https://bot.example:8443', ['https://bot.example:8443', 'https://bot.example', 'https://bot.example:443']],
    ['https://bot.example:443', ['https://bot.example:443', 'https://bot.example']],
    ['https://bot.example/tandem/', ['https://bot.example/tandem', 'https://bot.example:443/tandem']],
    ['https://user:secret@bot.example/t?x#y', ['https://bot.example/t', 'https://bot.example:443/t']],
    ['https://[::1]:8443', ['https://[::1]:8443', 'https://[::1]', 'https://[::1]:443']],
    ['ftp://bot.example', []],
    ['nonsense', []],
  ])('%s, whatever the Host header says', (publicUrl, bases) => {
    expect(candidateUrls({ publicUrl, host: 'evil.example', rawUrl })).toEqual(bases.map((base) => base + rawUrl));
  });
});

describe('under the host of the request', () => {
  test.each([
    ['bot.example', ['https://bot.example', 'https://bot.example:443', 'http://bot.example', 'http://bot.example:80']],
    [
      '127.0.0.1:3000',
      [
        'http://127.0.0.1:3000',
        'http://127.0.0.1',
        'http://127.0.0.1:80',
        'https://127.0.0.1:3000',
        'https://127.0.0.1',
        'https://127.0.0.1:443',
      ],
    ],
    ['[::1]:443', ['https://[::1]:443', 'https://[::1]', 'http://[::1]:443', 'http://[::1]', 'http://[::1]:80']],
  ])('%s', (host, bases) => {
    expect(candidateUrls({ publicUrl: undefined, host, rawUrl })).toEqual(bases.map((base) => base + rawUrl));
  });

  test.each([undefined, '', 'real.example/other?', 'user@real.example', 'a b', 'a#b', 'a\\b', 'a:b'])(
    'nothing for the host %s',
    (host) => {
      expect(candidateUrls({ publicUrl: undefined, host, rawUrl })).toEqual([]);
    },
  );
});

test.each(['', '*', 'https://bot.example/hook', '.evil.example/hook'])(
  'nothing for the request target %s',
  (rawUrl) => {
    expect(candidateUrls({ publicUrl: 'https://bot.example', host: 'bot.example', rawUrl })).toEqual([]);
  },
);
