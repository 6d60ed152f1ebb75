import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Field } from './parts.tsx';

type Labelled = { label: string; hint?: ComponentChildren };

export function TextField(
  props: Labelled & {
    value: string;
    onChange: (value: string) => void;
    type?: 'text' | 'url' | 'password';
    placeholder?: string;
  },
) {
  const { label, hint, value, onChange, ...others } = props;
  // JSX knows an input of one type or of another, and not one whose type is open.
  const input: object = others;
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          class="input"
          autocomplete="off"
          {...input}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function LongTextField(
  props: Labelled & { value: string; onChange: (value: string) => void; rows: number; isCode?: boolean },
) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(id) => (
        <textarea
          id={id}
          class={`input ${props.isCode ? 'mono' : ''}`}
          rows={props.rows}
          value={props.value}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A number, or none. What is typed stays as it is typed as long as it means the same: 0.50 on its way to 0.505. */
export function NumberField(
  props: Labelled & {
    value: number | undefined;
    onChange: (value: number | undefined) => void;
    min?: number;
    max?: number;
    step?: number;
    placeholder?: string;
  },
) {
  const { label, hint, value, onChange, ...input } = props;
  const [typed, setTyped] = useState('');
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          class="input number"
          type="number"
          {...input}
          value={meaning(typed) === value ? typed : (value?.toString() ?? '')}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            onChange(meaning(event.currentTarget.value));
          }}
        />
      )}
    </Field>
  );
}

const meaning = (text: string) => (text === '' ? undefined : Number(text));

export function SelectField<Value extends string>(
  props: Labelled & {
    value: Value;
    options: readonly (readonly [Value, string])[];
    onChange: (value: Value) => void;
  },
) {
  return (
    <Field label={props.label} hint={props.hint}>
      {(id) => (
        <select
          id={id}
          class="input"
          value={props.value}
          onChange={(event) => props.onChange(event.currentTarget.value as Value)}
        >
          {props.options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check(props: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  class?: string;
  disabled?: boolean;
  children: ComponentChildren;
}) {
  return (
    <label class={`check ${props.class ?? ''}`}>
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      {props.children}
    </label>
  );
}
