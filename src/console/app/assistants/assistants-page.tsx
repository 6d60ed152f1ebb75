import { useState } from 'preact/hooks';
import { api, useData } from '../api.ts';
import { Link, navigate } from '../router.tsx';
import { useMayAct, useViewer } from '../session.ts';
import { Icon } from '../ui/icon.tsx';
import { Act, Empty, Segments, Trouble } from '../ui/parts.tsx';
import { AssistantChat } from './assistant-chat.tsx';
import { AssistantEditor } from './assistant-editor.tsx';
import type { Assistant } from './types.ts';

type Listed = { assistants: Pick<Assistant, 'id' | 'name' | 'model'>[] };

const views = [
  ['edit', 'Edit'],
  ['try', 'Try'],
] as const;

/** The assistants, one of them open in the editor, and beside it a chat to try it in. */
export function AssistantsPage({ open }: { open: string | undefined }) {
  const { data, error, reload } = useData<Listed>('/v1/Assistants?PageSize=100');
  const [view, setView] = useState<'edit' | 'try'>('edit');
  const mayAct = useMayAct();
  async function create(): Promise<void> {
    const { id } = await api<{ id: string }>('POST', '/v1/Assistants', {
      name: 'New assistant',
      personality_prompt: 'You are a friendly assistant. Answer in one or two short sentences.',
    });
    reload();
    navigate(`/assistants/${id}`);
  }
  return (
    <div class={`panes assistants ${open ? 'with-try' : ''}`}>
      {open && (
        <div class="only-narrow pane-tabs">
          <Link to="/assistants" class="button quiet compact">
            <Icon name="back" />
            <span class="hidden">All assistants</span>
          </Link>
          <Segments label="View" value={view} options={views} onChange={setView} />
        </div>
      )}
      <section class="pane" aria-label="Assistants" data-away={open ? true : undefined}>
        <div class="pane-head">
          <div class="row spread">
            <h1>Assistants</h1>
            {mayAct && (
              <Act class="compact" do={create}>
                <Icon name="plus" />
                New
              </Act>
            )}
          </div>
        </div>
        <div class="thread-list">
          {error && <Trouble>{error}</Trouble>}
          {data?.assistants.length === 0 && <NoAssistant />}
          <ul>
            {data?.assistants.map((assistant) => (
              <li key={assistant.id}>
                <Link
                  to={`/assistants/${assistant.id}`}
                  class="list-link"
                  aria-current={assistant.id === open ? 'true' : undefined}
                >
                  <span class="avatar assistant">
                    <Icon name="assistants" />
                  </span>
                  <span class="grow stack-none">
                    <strong class="clip">{assistant.name}</strong>
                    <span class="small muted clip">{assistant.model}</span>
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      </section>
      <section class="pane" aria-label="Editor" data-away={open && view === 'edit' ? undefined : true}>
        {open ? (
          <AssistantEditor key={open} id={open} saved={reload} />
        ) : (
          <Empty icon="assistants" title="No assistant is open">
            <p>Choose one to change what it says, which model it uses, and what it knows.</p>
          </Empty>
        )}
      </section>
      {open && (
        <section class="pane try" aria-label="Try it" data-away={view === 'try' ? undefined : true}>
          <div class="stage">
            <AssistantChat
              key={open}
              assistantId={open}
              name={data?.assistants.find((each) => each.id === open)?.name}
            />
          </div>
        </section>
      )}
    </div>
  );
}

function NoAssistant() {
  const { about } = useViewer();
  return (
    <Empty icon="assistants" title="No assistant yet">
      <p>
        {about.remoteAssistants
          ? 'The assistants server has none for this account.'
          : 'Create one: a name and a few sentences of instructions are enough to begin.'}
      </p>
    </Empty>
  );
}
