import { NumberField, SelectField, TextField } from '../ui/fields.tsx';
import { FoldedFields } from './folded-fields.tsx';
import { ModelNameField } from './model-fields.tsx';
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

/** What each check may do when it finds something, and how it looks. */
export function GuardrailFields(props: {
  guardrails: Assistant['guardrails'];
  onChange: (guardrails: Assistant['guardrails']) => void;
}) {
  const { guardrails, onChange } = props;
  const set = (name: string, value: string | number | undefined) => {
    const { [name]: _, ...others } = guardrails;
    onChange(value === undefined || value === '' ? others : { ...others, [name]: value });
  };
  const text = (name: string) => String(guardrails[name] ?? '');
  const threshold = guardrails.groundedness_threshold;
  return (
    <FoldedFields title="Guardrails" count={Object.keys(guardrails).length}>
      <div class="form-grid">
        {checks.map(([name, label, hint]) => (
          <SelectField
            key={name}
            label={label}
            hint={hint}
            value={text(name)}
            options={actions}
            onChange={(value) => set(name, value)}
          />
        ))}
        <NumberField
          label="Groundedness from"
          hint="How much of an answer has to rest on what was found, 0 to 1"
          min={0}
          max={1}
          step={0.05}
          value={typeof threshold === 'number' ? threshold : undefined}
          onChange={(value) => set('groundedness_threshold', value)}
        />
        <ModelNameField
          label="Model that checks"
          hint="provider/model; without one, rules alone check"
          value={text('model')}
          onChange={(value) => set('model', value)}
        />
        <TextField
          label="Said in place of a refused answer"
          value={text('refusal_text')}
          onChange={(value) => set('refusal_text', value)}
        />
      </div>
    </FoldedFields>
  );
}
