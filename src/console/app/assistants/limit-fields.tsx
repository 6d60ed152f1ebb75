import { limitsOf } from '../../../assistants/agent/run-limits.ts';
import { NumberField } from '../ui/fields.tsx';
import { FoldedFields } from './folded-fields.tsx';
import type { Assistant } from './types.ts';

const limits = [
  ['steps', 'Calls of the model', 'In one turn'],
  ['tool_calls', 'Calls of tools', 'In one turn'],
  ['turn_seconds', 'Seconds', 'For one turn'],
  ['tokens_per_turn', 'Tokens a turn', 'In and out'],
  ['tokens_per_session', 'Tokens a session', 'Of one customer on one channel'],
  ['tokens_per_day', 'Tokens a day', 'Of all its sessions, by UTC'],
  ['history_tokens', 'Tokens of history', 'Told to the model; older turns are summarised'],
] as const;

const byDefault = limitsOf({ limits: {} });

/** Where a turn ends, and what a session or a day may come to. */
export function LimitFields(props: { limits: Assistant['limits']; onChange: (limits: Assistant['limits']) => void }) {
  return (
    <FoldedFields title="Limits" count={Object.keys(props.limits).length}>
      <p class="small muted">
        A turn that reaches its limit ends there; a session or a day that has spent its tokens is answered no more.
      </p>
      <div class="form-grid">
        {limits.map(([name, label, hint]) => (
          <NumberField
            key={name}
            label={label}
            hint={hint}
            min={1}
            placeholder={String(byDefault[name])}
            value={props.limits[name]}
            onChange={(value) => {
              const { [name]: _, ...others } = props.limits;
              props.onChange(value === undefined ? others : { ...others, [name]: value });
            }}
          />
        ))}
      </div>
    </FoldedFields>
  );
}
