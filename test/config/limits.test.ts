import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/env.ts';

it('limits of assistants are name=number pairs', () => {
  expect(readEnvironment({}).ASSISTANT_LIMITS).toEqual({});
  expect(readEnvironment({ ASSISTANT_LIMITS: 'tools=10, prompt=8000' }).ASSISTANT_LIMITS).toEqual({
    tools: 10,
    prompt: 8_000,
  });
});

it.each(['tools', 'tools=', 'tools=-1', 'tools=many', 'dollars=1', 'toString=1', '__proto__=1'])(
  'limits of assistants that are not understood are refused with the names there are: %s',
  (text) => {
    expect(() => readEnvironment({ ASSISTANT_LIMITS: text })).toThrow(/ASSISTANT_LIMITS: .*tools, toolProperties/);
  },
);
