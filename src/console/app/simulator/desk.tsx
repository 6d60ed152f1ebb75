import { api } from '../api.ts';
import { Composer } from '../ui/composer.tsx';
import { Icon } from '../ui/icon.tsx';
import { Act, Empty } from '../ui/parts.tsx';
import { Ago } from '../ui/words.tsx';
import { type Chat, type Task, useCarrier } from './carrier.ts';

const over = new Set(['completed', 'canceled']);

async function loadTasks(): Promise<Task[]> {
  const { tasks } = await api<{ tasks: Task[] }>('GET', '/simulator/tasks');
  return tasks.filter((task) => !over.has(task.status)).reverse();
}

/** A Flex agent's desk: who waits, who is being spoken with, and what the agent does. */
export function Desk() {
  const { data: tasks } = useCarrier(loadTasks);
  return (
    <section class="stack" aria-label="Agent’s desk">
      <div class="row spread">
        <h2>Agent’s desk</h2>
        <span class="badge human">Flex</span>
      </div>
      {tasks?.length === 0 && (
        <Empty icon="person" title="Nobody is waiting">
          <p>Write “agent” on the phone. The assistant falls silent, and the customer appears here.</p>
        </Empty>
      )}
      {tasks?.map((task) => (
        <TaskCard key={task.sid} task={task} />
      ))}
    </section>
  );
}

/** What an agent wants to know before they say hello; other attributes are Flex's own business. */
const told = [
  ['customerName', 'Name'],
  ['customerAddress', 'Address'],
  ['reason', 'Reason'],
  ['summary', 'Summary'],
] as const;

function TaskCard({ task }: { task: Task }) {
  const act = (name: string, body?: object) => api<Task>('POST', `/simulator/tasks/${task.sid}/${name}`, body ?? {});
  // Nothing is noted after a chat here, so there is nothing to wrap up.
  const leave = async (name: string) => {
    const { status } = await act(name);
    if (status === 'wrapping') await act('complete');
  };
  const accepted = task.agent !== null;
  const { attributes } = task;
  const facts = told.filter(([name]) => typeof attributes[name] === 'string' && attributes[name] !== '');
  return (
    <article class="card slim stack tight">
      <div class="row spread">
        <span class={`badge ${accepted ? 'good' : 'human'}`}>{accepted ? `With ${task.agent}` : 'Waiting'}</span>
        <span class="small muted">
          <Ago at={task.createdAt} />
        </span>
      </div>
      <dl class="small task-facts">
        {facts.map(([name, label]) => (
          <div key={name}>
            <dt class="muted">{label}</dt>
            <dd>{String(attributes[name])}</dd>
          </div>
        ))}
      </dl>
      {accepted && task.conversationSid && <Talk sid={task.conversationSid} />}
      {accepted && <Composer label="Answer" send={(body, media) => act('messages', { body, media }).then(() => {})} />}
      <div class="row wrap">
        {accepted ? (
          <>
            <Act class="compact" do={() => leave('park')} done="Parked. The assistant has the thread again.">
              Park
            </Act>
            <Act class="compact danger" do={() => leave('end')} done="Ended. The assistant has the thread again.">
              End
            </Act>
          </>
        ) : (
          <>
            <Act class="compact primary" do={() => act('accept')} done="You have the customer.">
              <Icon name="check" /> Accept
            </Act>
            <Act class="compact" do={() => act('reject')}>
              Reject
            </Act>
            <Act class="compact" do={() => act('expire')} done="Nobody came in time.">
              Nobody comes
            </Act>
          </>
        )}
      </div>
    </article>
  );
}

const LAST = 6;
const talks = new Map<string, () => Promise<Chat>>();
/** The same function for the same conversation, so that it is not asked anew at every look. */
function loadTalk(sid: string): () => Promise<Chat> {
  const load = talks.get(sid) ?? (() => api<Chat>('GET', `/simulator/conversations/${sid}`));
  talks.set(sid, load);
  return load;
}

function Talk({ sid }: { sid: string }) {
  const { data: chat } = useCarrier(loadTalk(sid));
  return (
    <ul class="small stack tight" aria-label="What was said" aria-live="polite">
      {chat?.messages.slice(-LAST).map((message) => (
        <li key={message.sid}>
          <strong>{message.author}</strong> {message.body}
        </li>
      ))}
    </ul>
  );
}
