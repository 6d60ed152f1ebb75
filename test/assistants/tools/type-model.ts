import fc from 'fast-check';

/** The documented grammar as a model of its own: what a type is, how it may be written, and which values it takes. */
export type Type =
  | { kind: 'string' | 'number' | 'boolean' | 'null' | 'any' }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'array'; of: Type; spelling: 'brackets' | 'generic' | 'readonly' }
  | { kind: 'tuple'; required: Type[]; optional: Type[]; rest?: Type }
  | { kind: 'union'; of: Type[] }
  | { kind: 'record'; of: Type; spelling: 'Record' | 'index' }
  | { kind: 'object'; properties: Property[] };

type Property = { name: string; type: Type; optional: boolean; comment?: string; place: 'before' | 'behind' };

const names = fc
  .oneof(
    fc.stringMatching(/^[a-zA-Z_$][a-zA-Z0-9_$]{0,6}$/),
    fc.string({ maxLength: 6 }).filter((text) => !/[\n\r\u2028\u2029]/.test(text)),
    fc.constantFrom('constructor', 'toString', 'type', 'default', 'readonly', 'hasOwnProperty', '0', 'required'),
  )
  .filter((name) => name !== '__proto__');

const comments = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,.'"{}:;|<>()-]{0,30}$/).map((text) => text.trim());

const literals = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0.5, 1e21, true, false),
);

const { type } = fc.letrec<{ type: Type; object: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    fc.constantFrom<Type>(
      { kind: 'string' },
      { kind: 'number' },
      { kind: 'boolean' },
      { kind: 'null' },
      { kind: 'any' },
    ),
    fc.record({ kind: fc.constant('literal' as const), value: literals }),
    fc.record({
      kind: fc.constant('array' as const),
      of: tie('type'),
      spelling: fc.constantFrom('brackets' as const, 'generic' as const, 'readonly' as const),
    }),
    fc.record(
      {
        kind: fc.constant('tuple' as const),
        required: fc.array(tie('type'), { maxLength: 2 }),
        optional: fc.array(tie('type'), { maxLength: 2 }),
        rest: tie('type'),
      },
      { requiredKeys: ['kind', 'required', 'optional'] },
    ),
    fc.record({ kind: fc.constant('union' as const), of: fc.array(tie('type'), { minLength: 1, maxLength: 4 }) }),
    fc.record({
      kind: fc.constant('record' as const),
      of: tie('type'),
      spelling: fc.constantFrom('Record' as const, 'index' as const),
    }),
    tie('object'),
  ),
  object: fc.record({
    kind: fc.constant('object' as const),
    properties: fc.uniqueArray(
      fc.record(
        {
          name: names,
          type: tie('type'),
          optional: fc.boolean(),
          comment: comments,
          place: fc.constantFrom('before' as const, 'behind' as const),
        },
        { requiredKeys: ['name', 'type', 'optional', 'place'] },
      ),
      { maxLength: 4, selector: (property) => property.name },
    ),
  }),
}));

export const objectType = fc
  .array(type, { minLength: 1, maxLength: 4 })
  .chain((types) =>
    fc.tuple(
      ...types.map((one) =>
        fc.record(
          {
            type: fc.constant(one),
            optional: fc.boolean(),
            comment: comments,
            place: fc.constantFrom('before' as const, 'behind' as const),
          },
          { requiredKeys: ['type', 'optional', 'place'] },
        ),
      ),
    ),
  )
  .chain((properties) =>
    fc
      .uniqueArray(names, { minLength: properties.length, maxLength: properties.length })
      .map((unique): Type & { kind: 'object' } => ({
        kind: 'object',
        properties: properties.map((property, index) => ({ ...property, name: unique[index] as string })),
      })),
  );

/** The type as somebody might write it. */
export function written(type: Type): string {
  switch (type.kind) {
    case 'literal':
      return JSON.stringify(type.value);
    case 'array':
      if (type.spelling === 'generic') return `Array<${written(type.of)}>`;
      return `${type.spelling === 'readonly' ? 'readonly ' : ''}(${written(type.of)})[]`;
    case 'tuple':
      return `[${[
        ...type.required.map(written),
        ...type.optional.map((one) => `(${written(one)})?`),
        ...(type.rest ? [`...Array<${written(type.rest)}>`] : []),
      ].join(', ')}]`;
    case 'union':
      return `(${type.of.map((one) => `| ${written(one)}`).join(' ')})`;
    case 'record':
      return type.spelling === 'Record'
        ? `Record<string, ${written(type.of)}>`
        : `{ [key: string]: ${written(type.of)} }`;
    case 'object':
      return `{\n${type.properties.map(writtenProperty).join('\n')}\n}`;
    default:
      return type.kind;
  }
}

function writtenProperty({ name, type, optional, comment, place }: Property): string {
  const key = /^[a-zA-Z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  const property = `${key}${optional ? '?' : ''}: ${written(type)};`;
  if (comment === undefined) return property;
  return place === 'before' ? `/* ${comment} */\n${property}` : `${property} // ${comment}`;
}

/** Whether the type takes a value, said without JSON Schema. */
export function takes(type: Type, value: unknown): boolean {
  switch (type.kind) {
    case 'any':
      return true;
    case 'null':
      return value === null;
    case 'literal':
      return value === type.value;
    case 'array':
      return Array.isArray(value) && value.every((one) => takes(type.of, one));
    case 'tuple': {
      if (!Array.isArray(value) || value.length < type.required.length) return false;
      const all = [...type.required, ...type.optional];
      return value.every((one, index) => {
        const wanted = all[index] ?? type.rest;
        return wanted !== undefined && takes(wanted, one);
      });
    }
    case 'union':
      return type.of.some((one) => takes(one, value));
    case 'record':
      return isObject(value) && Object.values(value).every((one) => takes(type.of, one));
    case 'object':
      return (
        isObject(value) &&
        Object.keys(value).every((name) => type.properties.some((property) => property.name === name)) &&
        type.properties.every(({ name, type: inner, optional }) =>
          Object.hasOwn(value, name) ? takes(inner, value[name]) : optional,
        )
      );
    default:
      return typeof value === type.kind;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values that the type takes. */
export function valuesOf(type: Type): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return fc.string({ maxLength: 5 });
    case 'number':
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'any':
      return fc.jsonValue({ maxDepth: 1 });
    case 'literal':
      return fc.constant(type.value);
    case 'array':
      return fc.array(valuesOf(type.of), { maxLength: 3 });
    case 'tuple': {
      const rest = type.rest ? fc.array(valuesOf(type.rest), { maxLength: 2 }) : fc.constant([]);
      return fc
        .tuple(fc.tuple(...type.required.map(valuesOf)), fc.tuple(...type.optional.map(valuesOf)), rest, fc.nat(2))
        .map(([required, optional, more, kept]) =>
          kept >= optional.length ? [...required, ...optional, ...more] : [...required, ...optional.slice(0, kept)],
        );
    }
    case 'union':
      return fc.oneof(...type.of.map(valuesOf));
    case 'record':
      return fc.dictionary(names, valuesOf(type.of), { maxKeys: 3, noNullPrototype: true });
    case 'object': {
      const fields = Object.fromEntries(type.properties.map((property) => [property.name, valuesOf(property.type)]));
      const requiredKeys = type.properties.filter((property) => !property.optional).map((property) => property.name);
      return fc.record(fields, { requiredKeys, noNullPrototype: true });
    }
  }
}

/** The same value with one thing in it changed: replaced, left out, or one too many. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const other = fc.constantFrom<unknown>(null, 7, 'seven', true, [], {}, [7], { seven: 7 });
  const options: fc.Arbitrary<unknown>[] = [other];
  if (Array.isArray(value)) {
    options.push(other.map((one) => [...value, one]));
    value.forEach((one, index) => {
      options.push(
        fc.constant(value.filter((_, place) => place !== index)),
        mutated(one).map((changed) => value.with(index, changed)),
      );
    });
  } else if (isObject(value)) {
    options.push(fc.tuple(names, other).map(([name, one]) => ({ ...value, [name]: one })));
    for (const [name, one] of Object.entries(value)) {
      const { [name]: _, ...rest } = value;
      options.push(
        fc.constant(rest),
        mutated(one).map((changed) => ({ ...value, [name]: changed })),
      );
    }
  }
  return fc.oneof(...options);
}
