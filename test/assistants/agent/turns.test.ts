import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { messageResource, sendMessageResponse } from '../../../src/assistants/api/schemas.ts';
import { sql } from '../../../src/store/database.ts';
import { type FakeModels, type Seen, startFakeModels } from '../providers/fake-models.ts';
import { HARBOUR } from '../support.ts';
import { type Ground, startGround } from './ground.ts';

let ground: Ground;
let second: FakeModels;
beforeAll(async () => {
  [ground, second] = await Promise.all([startGround(), startFakeModels('anthropic')]);
});
afterAll(async () => {
  await ground.close();
  await second.close();
});

let sessions = 0;
const newSession = () => `turns-${++sessions}`;
type Said = { role: string; content: unknown };
const heard = (seen: Seen | undefined) => (seen?.body.messages ?? []) as Said[];
const fallback = () => ({ model: 'anthropic/second', base_url: second.url, api_key: 'k' });

describe('a message to an assistant with a model', () => {
  it('is answered by the model, which hears who it is, how it speaks, and what was said before', async () => {
    const assistantId = await ground.modelled({
      name: 'Harper',
      owner: 'Harbour Cycles',
      personality_prompt: 'You are Harper. Be brief.',
    });
    const session_id = newSession();
    ground.model.will({ text: 'At nine.', tokens: [120, 30] });
    const answer = await ground.say(assistantId, 'When do you open?', { session_id });
    expect(sendMessageResponse.parse(answer)).toEqual({
      status: 'Success',
      session_id,
      account_sid: HARBOUR,
      body: 'At nine.',
      flagged: false,
      aborted: false,
    });
    ground.model.will({ text: 'At six.' });
    await ground.say(assistantId, 'And close?', { session_id, mode: 'voice' });
    const [system, ...said] = heard(ground.model.seen[0]);
    expect(said).toEqual([
      { role: 'user', content: 'When do you open?' },
      { role: 'assistant', content: 'At nine.' },
      { role: 'user', content: 'And close?' },
    ]);
    for (const part of ['You are Harper. Be brief.', 'Harbour Cycles', 'on the phone']) {
      expect(system?.content).toContain(part);
    }
    const stored = await ground.messages(session_id);
    expect(stored.map((message) => messageResource.parse(message).role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    expect(stored[1]?.meta).toMatchObject({
      model: 'openai/first',
      run: {
        model: 'openai/first',
        attempts: [{ model: 'openai/first', ms: expect.any(Number) }],
        usage: { inputTokens: 120, outputTokens: 30 },
        tools: [],
        knowledge: [],
        guardrails: expect.any(Array),
        ms: expect.any(Number),
      },
    });
  });

  it('lists every call of a tool and of knowledge in its history, and tells the model of none of them again', async () => {
    const assistantId = await ground.modelled();
    await ground.addText(assistantId, 'Opening hours', 'We open at nine o’clock on weekdays.');
    await ground.addTool(assistantId, { name: 'Weather', meta: { url: `${ground.web.url}/weather`, method: 'GET' } });
    ground.web.on('/weather', () => ({ body: 'Sunny' }));
    const session_id = newSession();
    ground.model.will(
      {
        calls: [
          { name: 'search_knowledge', args: { question: 'When do you open?' } },
          { name: 'weather', args: {} },
        ],
      },
      { text: 'At nine, in the sun.' },
    );
    const answer = await ground.say(assistantId, 'When do you open, and how is the weather?', { session_id });
    expect(answer).toMatchObject({ body: 'At nine, in the sun.', sources: [{ name: 'Opening hours' }] });
    const stored = await ground.messages(session_id);
    expect(stored.map(({ role, content }) => [role, content])).toEqual([
      ['user', { content: 'When do you open, and how is the weather?' }],
      [
        'knowledge',
        {
          name: 'search_knowledge',
          input: { question: 'When do you open?' },
          output: '# Opening hours\nWe open at nine o’clock on weekdays.',
        },
      ],
      ['tool', { name: 'weather', input: {}, output: 'Sunny' }],
      ['assistant', { content: 'At nine, in the sun.' }],
    ]);
    expect(stored[3]?.meta).toMatchObject({
      sources: ['Opening hours'],
      run: {
        tools: [
          { name: 'search_knowledge', ms: expect.any(Number) },
          { name: 'weather', input: {}, output: 'Sunny' },
        ],
        knowledge: [{ source: 'Opening hours', score: 1 }],
      },
    });
    ground.model.will({ text: 'Bye.' });
    await ground.say(assistantId, 'Thanks', { session_id });
    expect(heard(ground.model.seen[0]).map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  });

  it('gets a passage of knowledge word by word where that is wished', async () => {
    const assistantId = await ground.modelled();
    const id = await ground.addText(assistantId, 'Returns', 'Bring it back *within 30 days*.');
    const knowledge_source_details = { content: 'Bring it back *within 30 days*.', final_response: true };
    await ground.call('put', `/v1/Knowledge/${id}`, { knowledge_source_details }).expect(200);
    ground.model.will({ calls: [{ name: 'search_knowledge', args: { question: 'bring back' } }] }, { text: 'Never.' });
    expect(await ground.say(assistantId, 'Can I bring it back?')).toMatchObject({
      body: 'Bring it back *within 30 days*.',
      sources: [{ name: 'Returns' }],
    });
    expect(ground.model.seen).toHaveLength(1);
  });

  it('asks the databases of its assistant, and goes on without one that cannot be asked', async () => {
    const assistantId = await ground.modelled();
    const database = {
      name: 'Manuals',
      type: 'Database',
      embedding_model: 'small',
      knowledge_source_details: { provider: 'pinecone', host: ground.web.url },
      assistant_id: assistantId,
    };
    const { body } = await ground.call('post', '/v1/Knowledge', database).expect(201);
    ground.model.will({ calls: [{ name: 'search_knowledge', args: { question: 'filter' } }] }, { text: 'No idea.' });
    expect(await ground.say(assistantId, 'How do I wash the filter?')).toMatchObject({ body: 'No idea.' });
    const failed = ground.logged.filter(({ event }) => event === 'knowledge.search_failed');
    expect(failed).toMatchObject([{ fields: { knowledgeId: body.id } }]);
  });

  it('that asks for a human says so in its answer, with what the colleague should know', async () => {
    const assistantId = await ground.modelled();
    const args = { reason: 'Wants a refund', summary: 'The bell broke twice.' };
    ground.model.will({ calls: [{ name: 'hand_over_to_human', args }] }, { text: 'A colleague will write to you.' });
    const answer = await ground.say(assistantId, 'I want a human');
    expect(sendMessageResponse.parse(answer)).toMatchObject({ body: 'A colleague will write to you.', handoff: args });
  });

  it('hands over even if the model fails right after it has asked for a human', async () => {
    const assistantId = await ground.modelled();
    ground.model.will({ calls: [{ name: 'hand_over_to_human', args: { reason: 'Upset' } }] }, { status: 503 });
    expect(await ground.say(assistantId, 'I want a human')).toMatchObject({
      status: 'Success',
      body: 'Somebody of our team will take over from here.',
      handoff: { reason: 'Upset' },
    });
  });

  it('is offered only the built-in tools that the assistant is set to', async () => {
    const assistantId = await ground.modelled({ built_in_tools: [] });
    await ground.addText(assistantId, 'Opening hours', 'At nine.');
    ground.model.will({ text: 'Hello.' });
    await ground.say(assistantId, 'Hello');
    expect(ground.model.seen[0]?.body).not.toHaveProperty('tools');
  });

  it('may hold words of a model that PostgreSQL cannot store', async () => {
    const assistantId = await ground.modelled();
    const args = { reason: 'a\u0000b' };
    ground.model.will({ calls: [{ name: 'hand_over_to_human', args }] }, { text: 'a\u0000b' });
    const answer = await ground.say(assistantId, 'Hello');
    expect(answer).toMatchObject({ body: 'a\uFFFDb', handoff: { reason: 'a\uFFFDb' } });
    expect((await ground.messages(answer.session_id))[1]?.content.input).toEqual({ reason: 'a\uFFFDb' });
  });

  it('is heard as it comes by who listens, and what was void is called back', async () => {
    const guardrails = { output_moderation: 'flag', leaked_instructions: 'flag' };
    const assistantId = await ground.modelled({ fallbacks: [fallback()], guardrails });
    ground.model.will({ cut: true, after: 'Let me' });
    second.will({ text: 'Good day to you.' });
    const { text } = await ground
      .call('post', `/v1/Assistants/${assistantId}/Messages`)
      .set('Accept', 'text/event-stream')
      .buffer(true)
      .send({ identity: 'a:b', body: 'Hello' });
    const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, name, data]) => ({
      name,
      data: JSON.parse(data as string),
    }));
    const words = events.slice(events.findLastIndex(({ name }) => name === 'restart') + 1);
    expect(events.some(({ name }) => name === 'restart')).toBe(true);
    expect(words.filter(({ name }) => name === 'delta').length).toBeGreaterThan(1);
    expect(
      words
        .filter(({ name }) => name === 'delta')
        .map(({ data }) => data.text)
        .join(''),
    ).toBe('Good day to you.');
    expect(words.at(-1)).toMatchObject({ name: 'message', data: { body: 'Good day to you.', status: 'Success' } });
  });
});

describe('when a model fails', () => {
  it('its fallback answers, and the record says why', async () => {
    const assistantId = await ground.modelled({ fallbacks: [fallback()] });
    ground.model.will({ status: 429 });
    second.will({ text: 'Second here.', tokens: [10, 2] });
    const { body, session_id } = await ground.say(assistantId, 'Hello');
    expect(body).toBe('Second here.');
    const { run } = (await ground.messages(session_id))[1]?.meta ?? {};
    expect(run).toMatchObject({
      model: 'anthropic/second',
      attempts: [{ model: 'openai/first', error: 'openai/first rate_limited (429)' }, { model: 'anthropic/second' }],
      usage: { inputTokens: 10, outputTokens: 2 },
    });
  });

  it('by hanging, its fallback answers within the deadline of who asks', async () => {
    const assistantId = await ground.modelled({ fallbacks: [fallback()] });
    ground.model.will({ hang: true });
    second.will({ text: 'Second here.' });
    const startedAt = performance.now();
    const request = { identity: 'a:b', body: 'Hello' };
    const answer = await ground.assistants.sendMessage(HARBOUR, assistantId, request, { timeoutMs: 2_000 });
    expect(answer).toMatchObject({ status: 'Success', body: 'Second here.' });
    expect(performance.now() - startedAt).toBeGreaterThan(700);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('the assistant goes on offline, if that is the last of its fallbacks', async () => {
    const assistantId = await ground.modelled({ fallbacks: [{ model: 'offline' }] });
    await ground.addText(assistantId, 'Opening hours', 'The workshop opens at nine.');
    ground.model.will({ status: 500 });
    const { body, sources } = await ground.say(assistantId, 'When does the workshop open?');
    expect(body).toContain('The workshop opens at nine.');
    expect(sources).toEqual([{ name: 'Opening hours' }]);
    const lost = await ground.say(assistantId, 'Do you sell pizza?');
    expect(lost.body).toBe(
      'I found nothing about that right now. Please ask again in a little while. What I can look up at the moment: opening hours.',
    );
  });

  it('for good, the answer says so and nothing is stored, so that the message may be sent again', async () => {
    const assistantId = await ground.modelled();
    const session_id = newSession();
    const send = () => ground.say(assistantId, 'Hello', { session_id }, `fails-${session_id}`);
    ground.model.will({ status: 429, headers: { 'retry-after': '7' } });
    expect(sendMessageResponse.parse(await send())).toEqual({
      status: 'Failed',
      session_id,
      account_sid: HARBOUR,
      error: 'No model answered: openai/first rate_limited (429)',
      flagged: false,
      aborted: false,
      retryable: true,
      retry_after: 7,
    });
    await ground.call('get', `/v1/Sessions/${session_id}`).expect(404);
    ground.model.will({ text: 'Hello again.' });
    expect(await send()).toMatchObject({ status: 'Success', body: 'Hello again.' });
    expect(await send()).toMatchObject({ status: 'Success', body: 'Hello again.' });
    expect(ground.model.seen).toHaveLength(1);
    expect(await ground.messages(session_id)).toHaveLength(2);
  });

  it.each([
    ['refuses the key', { status: 401 }, 'openai/first unauthorized (401)'],
    ['refuses the request', { status: 400 }, 'openai/first rejected (400)'],
  ])('because it %s, asking again is no use', async (_why, act, error) => {
    const assistantId = await ground.modelled();
    ground.model.will(act);
    const answer = await ground.say(assistantId, 'Hello');
    expect(answer).toMatchObject({ status: 'Failed', retryable: false, error: `No model answered: ${error}` });
  });

  it('because nobody gave a key, that is said without asking anybody', async () => {
    const assistantId = await ground.createAssistant({ model: 'openai/gpt-x' });
    const answer = await ground.say(assistantId, 'Hello');
    expect(answer).toMatchObject({ status: 'Failed', retryable: false });
    expect(answer.error).toMatch(/openai\/gpt-x has no key/);
  });

  it('by hanging with nobody to fall back on, the turn ends at its own deadline', async () => {
    const assistantId = await ground.modelled({ limits: { turn_seconds: 1 } });
    ground.model.will({ hang: true });
    const startedAt = performance.now();
    const answer = await ground.say(assistantId, 'Hello');
    expect(answer).toMatchObject({ status: 'Failed', retryable: true, error: expect.stringContaining('timeout') });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('limits', () => {
  const search = {
    calls: [{ name: 'search_knowledge', args: { question: 'nine' } }],
    tokens: [100, 10] as [number, number],
  };
  const withKnowledge = async (limits: object, more: object = {}) => {
    const assistantId = await ground.modelled({ limits, ...more });
    await ground.addText(assistantId, 'Opening hours', 'We open at nine.');
    return assistantId;
  };
  const spentBy = async (assistantId: string) => {
    const rows = await ground.db.query<{ calls: number; tokens: number }>(sql`
      select count(*) as calls, sum(input_tokens + output_tokens)::float8 as tokens
      from assistants.token_usage where assistant_id = ${assistantId}`);
    return rows[0];
  };

  it('end a turn that goes round in circles after its steps', async () => {
    const assistantId = await withKnowledge({ steps: 3 });
    ground.model.will(search);
    const answer = await ground.say(assistantId, 'Go');
    expect(answer).toMatchObject({
      status: 'Success',
      aborted: true,
      body: expect.stringContaining('could not finish'),
    });
    expect(ground.model.seen).toHaveLength(3);
    expect(JSON.stringify(heard(ground.model.seen[2])[0])).toContain('You can call no more tools');
  });

  it('end the calls of tools, of which the model is told', async () => {
    const assistantId = await withKnowledge({ tool_calls: 2 });
    const call = search.calls[0] as (typeof search.calls)[number];
    ground.model.will({ calls: [call, call, call] }, { text: 'At nine.' });
    const { body, session_id } = await ground.say(assistantId, 'Go');
    expect(body).toBe('At nine.');
    const calls = (await ground.messages(session_id)).filter(({ role }) => role === 'knowledge');
    expect(calls.map(({ meta }) => meta.ok)).toEqual([true, true, false]);
  });

  it('end a turn that costs too much', async () => {
    const assistantId = await withKnowledge({ tokens_per_turn: 200 });
    ground.model.will(search);
    expect(await ground.say(assistantId, 'Go')).toMatchObject({ aborted: true });
    expect(ground.model.seen).toHaveLength(2);
    expect(await spentBy(assistantId)).toEqual({ calls: 2, tokens: 220 });
  });

  it('of a session end the session, and not others', async () => {
    const assistantId = await ground.modelled({ limits: { tokens_per_session: 100 } });
    ground.model.will({ text: 'Hello.', tokens: [90, 20] });
    const session_id = newSession();
    expect(await ground.say(assistantId, 'Hello', { session_id })).toMatchObject({ status: 'Success' });
    expect(await ground.say(assistantId, 'Hello', { session_id })).toMatchObject({
      status: 'Failed',
      error: 'The session has used its tokens (limits.tokens_per_session is 100).',
      retryable: false,
    });
    expect(ground.model.seen).toHaveLength(1);
    expect(await ground.say(assistantId, 'Hello')).toMatchObject({ status: 'Success' });
  });

  it('of a day end the day in all sessions, but not going on offline', async () => {
    const assistantId = await withKnowledge({ tokens_per_day: 100 }, { fallbacks: [{ model: 'offline' }] });
    ground.model.will({ text: 'Hello.', tokens: [90, 20] });
    await ground.say(assistantId, 'Hello');
    expect(await ground.say(assistantId, 'When do you open?')).toMatchObject({
      status: 'Success',
      body: expect.stringContaining('We open at nine.'),
    });
    expect(ground.model.seen).toHaveLength(1);
    // Yesterday's do not count.
    await ground.db.query(sql`
      update assistants.token_usage set created_at = created_at - interval '1 day' where assistant_id = ${assistantId}`);
    expect(await ground.say(assistantId, 'Hello')).toMatchObject({ body: 'Hello.' });
  });

  it('count what a turn cost that came to nothing', async () => {
    const assistantId = await withKnowledge({});
    ground.model.will(search, { status: 500 });
    expect(await ground.say(assistantId, 'Go')).toMatchObject({ status: 'Failed' });
    expect(await spentBy(assistantId)).toEqual({ calls: 1, tokens: 110 });
  });
});

describe('files that came with a message', () => {
  const picture = { contentType: 'image/png', fileName: 'bell.png', data: new Uint8Array([137, 80, 78, 71]) };
  const sound = { contentType: 'audio/ogg', data: new Uint8Array(3) };
  const send = (assistantId: string) =>
    ground.assistants.sendMessage(
      HARBOUR,
      assistantId,
      { identity: 'a:b', body: 'Look' },
      { attachments: [picture, sound] },
    );

  it('are shown to a model that looks at them, and told of otherwise', async () => {
    const assistantId = await ground.modelled();
    ground.model.will({ text: 'A broken bell.' });
    const { session_id } = await send(assistantId);
    const parts = heard(ground.model.seen[0]).at(-1)?.content as { type: string }[];
    expect(parts.map(({ type }) => type)).toEqual(['text', 'image_url', 'text']);
    expect(JSON.stringify(parts)).toContain('data:image/png;base64,iVBORw==');
    expect(JSON.stringify(parts)).toContain('A file of type audio/ogg came with this message');
    expect((await ground.messages(session_id))[0]?.meta.attachments).toEqual([
      { content_type: 'image/png', file_name: 'bell.png', bytes: 4 },
      { content_type: 'audio/ogg', bytes: 3 },
    ]);
  });

  it('are told of when the model turns out not to look at any', async () => {
    const assistantId = await ground.modelled();
    ground.model.will({ status: 400 }, { text: 'I cannot see it.' });
    expect(await send(assistantId)).toMatchObject({ status: 'Success', body: 'I cannot see it.' });
    expect(JSON.stringify(heard(ground.model.seen[1]).at(-1))).toContain('named \\"bell.png\\" of type image/png');
  });
});

describe('an assistant whose model is on a private network', () => {
  let guarded: Ground | undefined;
  afterEach(() => guarded?.close());

  it('is not asked where that is not allowed', async () => {
    const { createGuardedDispatcher } = await import('../../../src/http/outbound-guard.ts');
    guarded = await startGround({ dispatcher: createGuardedDispatcher({ allowPrivate: false }) });
    const assistantId = await guarded.modelled();
    const answer = await guarded.say(assistantId, 'Hello');
    expect(answer).toMatchObject({ status: 'Failed', retryable: false });
    expect(answer.error).toContain('ALLOW_PRIVATE_ADDRESSES');
    expect(guarded.model.seen).toEqual([]);
  });
});
