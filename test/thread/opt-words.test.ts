import { describe, expect, test } from 'vitest';
import { optsBackIn, optWord } from '../../src/thread/opt-words.ts';

const carrierChannels = ['sms', 'rcs'] as const;
const channels = [...carrierChannels, 'whatsapp'] as const;

describe.each(channels)('on %s', (channel) => {
  test.each(['STOP', 'stop', ' Stop\n', 'STOPALL', 'unsubscribe', 'OPTOUT', 'Revoke'])('"%s" opts out', (body) => {
    expect(optWord({ body, channel })).toBe('opt_out');
  });

  test.each(['START', 'start', '\tUNSTOP '])('"%s" opts in', (body) => {
    expect(optWord({ body, channel })).toBe('opt_in');
  });

  test.each([
    '',
    'STOP.',
    'stop!',
    'please stop',
    'stop it',
    'STOP ALL',
    '"STOP"',
    'nonstop',
    'YES',
    'yes',
    'constructor',
  ])('"%s" is an ordinary message', (body) => {
    expect(optWord({ body, channel })).toBeUndefined();
  });

  test.each([
    ['STOP', 'Arrêt', 'opt_out'],
    ['START', 'YES', 'opt_in'],
    ['HELP', 'STOP', 'help'],
    ['stop', 'Hello', 'opt_out'],
  ])('OptOutType %s decides about "%s": %s', (optOutType, body, word) => {
    expect(optWord({ body, optOutType, channel })).toBe(word);
  });

  test.each(['', 'OTHER', '__proto__', undefined])('an OptOutType of "%s" leaves it to the words', (optOutType) => {
    expect(optWord({ body: 'STOP', optOutType, channel })).toBe('opt_out');
    expect(optWord({ body: 'Hello', optOutType, channel })).toBeUndefined();
  });
});

describe('words that only the carrier handles', () => {
  test.each(['CANCEL', 'end', 'Quit'])('"%s" opts out where Twilio blocks us', (body) => {
    for (const channel of carrierChannels) expect(optWord({ body, channel })).toBe('opt_out');
    expect(optWord({ body, channel: 'whatsapp' })).toBeUndefined();
  });

  test.each(['HELP', 'info'])('"%s" is answered by Twilio there, and by us on WhatsApp', (body) => {
    for (const channel of carrierChannels) expect(optWord({ body, channel })).toBe('help');
    expect(optWord({ body, channel: 'whatsapp' })).toBeUndefined();
  });
});

test('YES opts back in where Twilio takes it so', () => {
  for (const channel of carrierChannels) expect(optsBackIn({ body: ' yes ', channel })).toBe(true);
  expect(optsBackIn({ body: 'YES', channel: 'whatsapp' })).toBe(false);
  expect(optsBackIn({ body: 'yes please', channel: 'sms' })).toBe(false);
});
