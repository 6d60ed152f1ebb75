import { useMayAct } from '../session.ts';
import { Field } from '../ui/parts.tsx';
import type { Assistant } from './types.ts';

const checks = [
  ['prompt_injection', 'Prompt injection', 'The customer tries to talk it out of its instructions.'],
  ['input_moderation', 'What customers write', 'Harm in what is asked.'],
  ['output_moderation', 'What it answers', 'Harm in what is said.'],
  ['leaked_instructions', 'Leaked instructions', 'The answer holds parts of the instructions.'],
  ['groundedness', 'Groundedness', 'The answer says what neither knowledge nor tools said.'],
] as const;

const actions = [
  ['', 'As by default'],
  ['allow', 'Allow'],
  ['rewrite', 'Rewrite'],
  ['flag', 'Flag'],
  ['refuse', 'Refuse'],
] as const;

/** What each check may do when it finds something. */
export function GuardrailFields(props: {
  guardrails: Assistant['guardrails'];
  onChange: (guardrails: Assistant['guardrails']) => void;
}) {
  const { guardrails, onChange } = props;
  const mayAct = useMayAct();
  const set = (name: string, value: string) => {
    const { [name]: _, ...others } = guardrails;
    onChange(value === '' ? others : { ...others, [name]: value });
  };
  return (
    <fieldset class="card stack" disabled={!mayAct} aria-label="Guardrails">
      <h3>Guardrails</h3>
      <div class="form-grid">
        {checks.map(([name, label, hint]) => (
          <Field key={name} label={label} hint={hint}>
            {(id) => (
              <select
                id={id}
                class="input"
                value={String(guardrails[name] ?? '')}
                onChange={(event) => set(name, event.currentTarget.value)}
              >
                {actions.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ))}
        <Field label="Said in place of a refused answer">
          {(id) => (
            <input
              id={id}
              class="input"
              value={String(guardrails.refusal_text ?? '')}
              onInput={(event) => set('refusal_text', event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
    </fieldset>
  );
}
