import { describe, expect, it } from 'vitest';
import { FOUND } from '../../../src/assistants/guardrails/finding.ts';
import { injection } from '../../../src/assistants/guardrails/injection.ts';
import { moderateInput } from '../../../src/assistants/guardrails/moderation.ts';
import * as attacks from './labelled/attacks.ts';
import * as harmful from './labelled/harmful.ts';
import * as harmless from './labelled/harmless.ts';
import { asModule, examples, learn } from './learn.ts';

type Rules = (text: string) => { score: number };
const isFound = (rules: Rules) => (text: string) => rules(text).score >= FOUND;

function rates(name: string, rules: Rules, bad: string[], good: string[]) {
  const caught = bad.filter(isFound(rules)).length;
  const alarms = good.filter(isFound(rules)).length;
  console.log(`${name}: ${caught} of ${bad.length} caught, ${alarms} of ${good.length} harmless ones found`);
  return { caught: caught / bad.length, alarms: alarms / good.length };
}

/* The thresholds are what the rules reach, less a little: who changes a rule sees what it costs. */
describe('the rules alone, on labelled messages', () => {
  it('the sets are large, and no message is in two of them', () => {
    const all = [attacks, harmful, harmless].flatMap(({ tuning, heldOut }) => [...tuning, ...heldOut]);
    expect(new Set(all).size).toBe(all.length);
    expect(attacks.tuning.length + attacks.heldOut.length).toBeGreaterThanOrEqual(60);
    expect(harmless.tuning.length + harmless.heldOut.length).toBeGreaterThanOrEqual(60);
  });

  it('what their words weigh is what those for tuning teach, and no others', async () => {
    await expect(asModule(learn(examples))).toMatchFileSnapshot('../../../src/assistants/guardrails/learned-words.ts');
  });

  it('injections they were tuned on', () => {
    const { caught, alarms } = rates('injection, tuned', injection, attacks.tuning, harmless.tuning);
    expect(caught).toBeGreaterThanOrEqual(0.9);
    expect(alarms).toBeLessThanOrEqual(0.01);
  });

  it('injections they have never seen', () => {
    const { caught, alarms } = rates('injection, held out', injection, attacks.heldOut, harmless.heldOut);
    expect(caught).toBeGreaterThanOrEqual(0.7);
    expect(alarms).toBeLessThanOrEqual(0.03);
  });

  it('harm they were tuned on', () => {
    const { caught, alarms } = rates('moderation, tuned', moderateInput, harmful.tuning, harmless.tuning);
    expect(caught).toBeGreaterThanOrEqual(0.9);
    expect(alarms).toBeLessThanOrEqual(0.01);
  });

  it('harm they have never seen', () => {
    const { caught, alarms } = rates('moderation, held out', moderateInput, harmful.heldOut, harmless.heldOut);
    expect(caught).toBeGreaterThanOrEqual(0.7);
    expect(alarms).toBeLessThanOrEqual(0.03);
  });
});
