import { describe, expect, it } from 'vitest';
import { isTextedTo, systemPrompt, talk } from '../../../src/assistants/agent/build-prompt.ts';

const assistant = { name: 'Harper', owner: 'Harbour Cycles', personality_prompt: 'Be brief.' };
const today = new Date('2026-11-21T23:30:00Z');

describe('what a model is told before the talk', () => {
  it('is who it is, how it speaks, what is known of the user, and the day', () => {
    const prompt = systemPrompt({ assistant, mode: 'chat', memory: 'The user rides a tandem.', today });
    const parts = ['Harper, the automatic assistant of Harbour Cycles', 'Be brief.', 'text chat', 'rides a tandem'];
    const places = [...parts, 'Saturday, 21 November 2026 (UTC)'].map((part) =>
      prompt.replaceAll('Saturday 21', 'Saturday, 21').indexOf(part),
    );
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  it('asks for no words that carriers take for themselves, where they would', () => {
    for (const [sessionId, identity, isTexted] of [
      ['messaging__+15550001000/u', 'phone:+15551230001', true],
      ['messaging__rcs:shop/u', 'phone:+15551230001', true],
      ['messaging__whatsapp:+15550001000/u', 'whatsapp:+15551230001', false],
      ['conversations__IS1/CH1', 'user_id:+15551230001', true],
      ['conversations__IS1/CH1', 'whatsapp:+15551230001', false],
      ['conversations__IS1/CH1', 'flex_participant:FX1', false],
      ['somebody-elses', 'user_id:+15551230001', false],
    ] as const) {
      expect(isTextedTo(sessionId, identity), sessionId + identity).toBe(isTexted);
      const prompt = systemPrompt({ assistant, mode: 'chat', isTexted, today });
      expect(/Never ask the user to reply with STOP, CANCEL/.test(prompt)).toBe(isTexted);
    }
  });

  it('leaves out what there is not', () => {
    const prompt = systemPrompt({
      assistant: { name: 'Harper', owner: '', personality_prompt: ' ' },
      mode: 'email',
      today,
    });
    expect(prompt).toMatch(/^You are Harper, the automatic assistant\.\n\nYou write e-mails/);
    expect(prompt).not.toMatch(/\n{3}/);
  });
});

it('what was said before begins with the user, as some providers demand', () => {
  expect(talk([{ role: 'user', text: 'Hello' }])).toEqual([{ role: 'user', content: 'Hello' }]);
  expect(talk([{ role: 'assistant', text: 'Welcome!' }])).toEqual([
    { role: 'user', content: '…' },
    { role: 'assistant', content: 'Welcome!' },
  ]);
  expect(talk([])).toEqual([]);
});
