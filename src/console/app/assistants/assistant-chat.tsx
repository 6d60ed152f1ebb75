import { useState } from 'preact/hooks';
import type { Run } from '../../contract.ts';
import { api, useData } from '../api.ts';
import { useMayAct, useViewer } from '../session.ts';
import type { Shown } from '../simulator/carrier.ts';
import { Phone } from '../simulator/phone.tsx';
import { RunSteps } from '../threads/run-details.tsx';
import { Empty } from '../ui/parts.tsx';
import { duration } from '../ui/words.tsx';
import type { AssistantMessage } from './types.ts';

type Answer = { session_id: string; body?: string; error?: string; status: string };

/** Asks an assistant without any carrier: nobody is texted, and nothing of it is a thread. */
export function AssistantChat({ assistantId, name }: { assistantId: string | undefined; name?: string | undefined }) {
  const { about } = useViewer();
  const mayAct = useMayAct();
  const list = useData<{ assistants: { id: string; name: string }[] }>('/v1/Assistants?PageSize=100');
  const assistants = list.data?.assistants ?? [];
  const id = assistantId ?? about.defaultAssistantId ?? assistants[0]?.id;
  const [session, setSession] = useState<string>();
  const [messages, setMessages] = useState<Shown[]>([]);
  const [thinking, setThinking] = useState(false);
  const [run, setRun] = useState<Run>();

  function show(mine: boolean, body: string, status = 'read'): void {
    const at = new Date().toISOString();
    setMessages((before) => [
      ...before,
      { id: `${before.length}`, mine, body, media: [], status, errorCode: null, at },
    ]);
  }
  async function send(body: string): Promise<void> {
    show(true, body);
    setThinking(true);
    try {
      const answer = await api<Answer>('POST', `/v1/Assistants/${id}/Messages`, {
        identity: 'user_id:console',
        body,
        ...(session && { session_id: session }),
      });
      setSession(answer.session_id);
      show(false, answer.body ?? answer.error ?? 'No answer.', /^fail/i.test(answer.status) ? 'failed' : 'read');
      setRun(await lastRun(answer.session_id));
    } finally {
      setThinking(false);
    }
  }
  if (!id) {
    return list.data ? (
      <Empty icon="assistants" title="No assistant yet">
        <p>Create one on the Assistants page.</p>
      </Empty>
    ) : null;
  }
  return (
    <div class="assistant-chat">
      <Phone
        title={name ?? assistants.find((each) => each.id === id)?.name ?? 'Assistant'}
        subtitle="Only the assistant hears this"
        messages={messages}
        suggestions={['Hello', 'What can you do for me?']}
        thinking={thinking}
        send={send}
        pictures={false}
        readonly={!mayAct}
      />
      {run && (
        <section class="card slim stack tight" aria-label="How the answer came about">
          <p class="row wrap small muted">
            <strong>{run.model}</strong>
            {run.usage && (
              <span class="number">
                {run.usage.inputTokens ?? 0} tokens in, {run.usage.outputTokens ?? 0} out
              </span>
            )}
            {run.ms !== undefined && <span class="number">{duration(run.ms)}</span>}
          </p>
          <RunSteps run={run} />
        </section>
      )}
    </div>
  );
}

/** What the runtime noted of the newest answer in a session; other servers note nothing. */
async function lastRun(sessionId: string): Promise<Run | undefined> {
  const { messages } = await api<{ messages: AssistantMessage[] }>(
    'GET',
    `/v1/Sessions/${encodeURIComponent(sessionId)}/Messages?PageSize=1000`,
  );
  return messages.findLast((message) => message.role === 'assistant')?.meta.run as Run | undefined;
}
