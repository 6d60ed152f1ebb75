import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { api, useData } from '../api.ts';
import { useMayAct } from '../session.ts';
import { Icon, type IconName } from '../ui/icon.tsx';
import { Act, Confirm } from '../ui/parts.tsx';
import type { Assistant } from './types.ts';

type Part = { id: string; name: string; description: string };

/**
 * What an assistant has, of one kind: listed, taken away, and one of them open in a form. Parts belong to the account,
 * so that what is taken away is still there for this assistant and others until it is deleted.
 */
export function PartsSection<Kind extends Part>(props: {
  assistant: Assistant;
  /** As the API spells the kind in paths. */
  kind: 'Tools' | 'Knowledge';
  add: string;
  icon: IconName;
  parts: Kind[];
  changed: () => void;
  /** Before the list. */
  children?: ComponentChildren;
  /** Under the name. */
  state: (part: Kind) => ComponentChildren;
  beside?: (part: Kind) => ComponentChildren;
  form: (part: Kind | undefined, close: Close) => ComponentChildren;
}) {
  const { assistant, kind, parts, changed } = props;
  const [open, setOpen] = useState<Kind | 'new'>();
  const mayAct = useMayAct();
  const close: Close = (isDone) => {
    setOpen(undefined);
    if (isDone) changed();
  };
  return (
    <section class="card stack" aria-label={kind}>
      <div class="row spread">
        <h3>{kind}</h3>
        {mayAct && !open && (
          <button type="button" class="button compact" onClick={() => setOpen('new')}>
            <Icon name="plus" /> {props.add}
          </button>
        )}
      </div>
      {props.children}
      {parts.length > 0 && (
        <ul>
          {parts.map((part) => (
            <li key={part.id} class="item">
              <Icon name={props.icon} />
              <div class="grow">
                <p class="clip">{part.name}</p>
                {props.state(part)}
              </div>
              {mayAct && (
                <>
                  {props.beside?.(part)}
                  <button type="button" class="button compact quiet" onClick={() => setOpen(part)}>
                    Edit
                    <span class="hidden"> {part.name}</span>
                  </button>
                  <Act
                    class="compact quiet"
                    label={`Remove ${part.name}`}
                    do={async () => {
                      await api('DELETE', `/v1/Assistants/${assistant.id}/${kind}/${part.id}`);
                      changed();
                    }}
                  >
                    <Icon name="close" />
                  </Act>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      {open && <div key={open === 'new' ? open : open.id}>{props.form(open === 'new' ? undefined : open, close)}</div>}
      {open === 'new' && <Others {...props} />}
    </section>
  );
}

export type Close = (isDone: boolean) => void;

/** Where a part is written: its fields, and two ways out. */
export function PartForm(props: {
  save: () => Promise<void>;
  close: Close;
  /** What the button does. */
  action: string;
  done: string;
  children: ComponentChildren;
}) {
  return (
    <div class="nested stack">
      {props.children}
      <div class="row">
        <Act
          class="primary compact"
          done={props.done}
          do={async () => {
            await props.save();
            props.close(true);
          }}
        >
          {props.action}
        </Act>
        <button type="button" class="button quiet compact" onClick={() => props.close(false)}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** What the account has and this assistant has not. */
function Others(props: { assistant: Assistant; kind: string; parts: Part[]; changed: () => void }) {
  const { assistant, kind, parts, changed } = props;
  const { data, reload } = useData<Record<string, Part[]>>(`/v1/${kind}?PageSize=100`);
  const [deleting, setDeleting] = useState<Part>();
  const others = data?.[kind.toLowerCase()]?.filter(({ id }) => !parts.some((part) => part.id === id)) ?? [];
  if (others.length === 0) return null;
  return (
    <details class="folded">
      <summary class="row spread small muted">
        Or take one that is there already: {others.length}
        <Icon name="chevron" class="chevron" />
      </summary>
      <ul>
        {others.map((part) => (
          <li key={part.id} class="item">
            <div class="grow">
              <p class="clip">{part.name}</p>
              <p class="small muted clip">{part.description}</p>
            </div>
            <Act
              class="compact"
              label={`Take ${part.name}`}
              do={async () => {
                await api('POST', `/v1/Assistants/${assistant.id}/${kind}/${part.id}`);
                changed();
              }}
            >
              Take
            </Act>
            <button
              type="button"
              class="button compact quiet danger"
              aria-label={`Delete ${part.name}`}
              onClick={() => setDeleting(part)}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
      {deleting && (
        <Confirm
          title={`Delete ${deleting.name}?`}
          action="Delete"
          do={async () => {
            await api('DELETE', `/v1/${kind}/${deleting.id}`);
            reload();
          }}
          close={() => setDeleting(undefined)}
        >
          It is deleted for good, and every assistant that has it loses it.
        </Confirm>
      )}
    </details>
  );
}
