import { expect, test } from 'vitest';
import { meaningOf } from '../../src/twilio/error-meanings.ts';

const refused = [
  20003, 20404, 20422, 20429, 20500, 21211, 21212, 21214, 21408, 21602, 21603, 21604, 21606, 21608, 21609, 21610, 21611,
  21612, 21614, 21617, 21619, 21620, 21654, 21656, 21701, 21703, 21704, 21910, 63007,
];
const failed = [
  30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30009, 30010, 30011, 30017, 30019, 30032, 30034, 30036, 30410,
  30450, 30453, 63001, 63002, 63003, 63005, 63009, 63010, 63012, 63013, 63015, 63016, 63018, 63019, 63021, 63024, 63027,
  63028, 63030, 63031, 63032, 63036, 63038, 63040, 63041, 63042, 63049, 63051,
];

test.each([...refused, ...failed])('%i has a meaning in plain sentences', (code) => {
  const { meaning } = meaningOf(code);
  expect(meaning).toMatch(/^[A-Z].*\.$/);
  expect(meaning).not.toContain(String(code));
});

test('sending again helps exactly where Twilio says so', () => {
  expect([...refused, ...failed].filter((code) => meaningOf(code).retry === 'later')).toEqual([
    20429, 20500, 21611, 30001, 30003, 30008, 30017, 30410, 63009, 63010, 63012, 63018, 63019, 63038,
  ]);
  expect(meaningOf(30036).retry).toBe('unknown');
});

test('an opt-out says what happens next', () => {
  expect(meaningOf(21610)).toEqual({
    meaning: 'The recipient has opted out (STOP). Nothing more is sent until they text START.',
    retry: 'no',
  });
});

test.each([12345, 0, -1, Number.NaN])('%d leads to the page of Twilio', (code) => {
  expect(meaningOf(code)).toEqual({
    meaning: `Twilio reported error ${code}: see https://www.twilio.com/docs/api/errors/${code}.`,
    retry: 'unknown',
  });
});
