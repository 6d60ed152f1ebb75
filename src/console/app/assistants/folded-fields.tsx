import type { ComponentChildren } from 'preact';
import { useMayAct } from '../session.ts';
import { Icon } from '../ui/icon.tsx';

/** Settings that most assistants leave alone: folded, they say how many of them are set. */
export function FoldedFields(props: { title: string; count: number; children: ComponentChildren }) {
  const mayAct = useMayAct();
  return (
    <details class="card folded">
      <summary class="row spread">
        <h3>{props.title}</h3>
        <span class="row small muted">
          {props.count === 0 ? 'As by default' : `${props.count} set`}
          <Icon name="chevron" class="chevron" />
        </span>
      </summary>
      <fieldset class="stack" disabled={!mayAct} aria-label={props.title}>
        {props.children}
      </fieldset>
    </details>
  );
}
