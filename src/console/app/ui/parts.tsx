import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { wordsOf } from '../api.ts';
import { Icon, type IconName } from './icon.tsx';
import { toast } from './toast.tsx';

/** What to see and do where there is nothing yet. */
export function Empty(props: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

export function Trouble({ children }: { children: ComponentChildren }) {
  return (
    <p class="notice" role="alert">
      {children}
    </p>
  );
}

/** A button that waits for what it does, and says what went wrong. */
export function Act(props: {
  do: () => Promise<unknown>;
  class?: string;
  disabled?: boolean;
  done?: string;
  /** Instead of its words, where it has none. */
  label?: string;
  /** Beside its words. */
  hint?: string;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  async function act(): Promise<void> {
    setBusy(true);
    try {
      await props.do();
      if (props.done) toast(props.done);
    } catch (error) {
      toast(wordsOf(error), 'bad');
    } finally {
      setBusy(false);
    }
  }
  return (
    <button
      type="button"
      class={`button ${props.class ?? ''}`}
      disabled={busy || props.disabled}
      aria-busy={busy}
      aria-label={props.label}
      title={props.hint ?? props.label}
      onClick={act}
    >
      {props.children}
    </button>
  );
}

export function Field(props: { label: string; hint?: ComponentChildren; children: (id: string) => ComponentChildren }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(id)}
      {props.hint && <span class="hint">{props.hint}</span>}
    </div>
  );
}

/** A choice of few, of which one holds. */
export function Segments<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
}) {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}

/** Asks before something that cannot be undone. */
export function Confirm(props: {
  title: string;
  children: ComponentChildren;
  action: string;
  do: () => Promise<unknown>;
  close: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={props.close} aria-label={props.title}>
      <div class="stack">
        <h2>{props.title}</h2>
        <div class="muted">{props.children}</div>
        <div class="row">
          <Act
            class="danger"
            do={async () => {
              await props.do();
              props.close();
            }}
          >
            {props.action}
          </Act>
          <button type="button" class="button quiet" onClick={props.close}>
            Cancel
          </button>
        </div>
      </div>
    </dialog>
  );
}
