import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemWith } from '../../../src/assistants/tools/check-arguments.ts';
import { inputSchemaOf, type JsonSchema } from '../../../src/assistants/tools/input-schema.ts';
import { mutated, objectType, type Type, takes, valuesOf, written } from './type-model.ts';

const bare = objectType.map((type) => ({ type, text: written(type) }));
const spelled = fc.tuple(
  bare,
  fc.constantFrom('', 'export type Data = ', 'type Anything = ', '// Arguments\nexport type Data = '),
);

describe('the schema of any type of the documented grammar', () => {
  it('accepts the values of the type', () => {
    fc.assert(
      fc.property(
        spelled.chain(([{ type, text }, prefix]) =>
          fc.tuple(fc.constant(prefix + text), fc.constant(type), valuesOf(type)),
        ),
        ([text, type, value]) => {
          expect(takes(type, value)).toBe(true);
          expect(problemWith(inputSchemaOf(text), value), text).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('rejects exactly those mutated values that the type does not take', () => {
    let rejected = 0;
    let taken = 0;
    fc.assert(
      fc.property(
        bare.chain(({ type, text }) =>
          fc.tuple(
            fc.constant(text),
            fc.constant(type),
            valuesOf(type).chain((value) => mutated(value)),
          ),
        ),
        ([text, type, value]) => {
          const isTaken = takes(type, value);
          if (isTaken) taken += 1;
          else rejected += 1;
          expect(problemWith(inputSchemaOf(text), value) === undefined, text).toBe(isTaken);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(rejected).toBeGreaterThan(700);
    expect(taken).toBeGreaterThan(20);
  });

  it('carries every comment as the description of the property that it stands at', () => {
    fc.assert(
      fc.property(bare, ({ type, text }) => {
        expect(descriptionsOf(inputSchemaOf(text)).sort(), text).toEqual(commentsOf(type).sort());
      }),
      { numRuns: 300 },
    );
  });
});

/** Comments by path; those inside a union, an array or a tuple count too. */
function commentsOf(type: Type, path = ''): string[] {
  switch (type.kind) {
    case 'object':
      return type.properties.flatMap(({ name, comment, type: inner }) => [
        ...(comment === undefined ? [] : [`${path}/${name}: ${comment}`]),
        ...commentsOf(inner, `${path}/${name}`),
      ]);
    case 'array':
    case 'record':
      return commentsOf(type.of, `${path}/*`);
    case 'tuple':
      return [...type.required, ...type.optional, ...(type.rest ? [type.rest] : [])].flatMap((one) =>
        commentsOf(one, `${path}/*`),
      );
    case 'union':
      return type.of.flatMap((one) => commentsOf(one, path));
    default:
      return [];
  }
}

function descriptionsOf(schema: JsonSchema | boolean | undefined, path = ''): string[] {
  if (typeof schema !== 'object') return [];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
      ...(inner.description === undefined ? [] : [`${path}/${name}: ${inner.description}`]),
      ...descriptionsOf(inner, `${path}/${name}`),
    ]),
    ...descriptionsOf(schema.additionalProperties, `${path}/*`),
    ...(schema.prefixItems ?? []).flatMap((inner) => descriptionsOf(inner, `${path}/*`)),
    ...descriptionsOf(schema.items, `${path}/*`),
    ...(schema.anyOf ?? []).flatMap((inner) => descriptionsOf(inner, path)),
  ];
}

const property = (text: string) => inputSchemaOf(`{ a: ${text} }`).properties.a;

describe('the input schema', () => {
  it("of Twilio's documented example", () => {
    expect(inputSchemaOf('export type Data = { city: string; /* comment */ days?: number };')).toEqual({
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'number', description: 'comment' } },
      required: ['city'],
      additionalProperties: false,
    });
  });

  it.each(['export type Data = {}', '{}', 'export type Data = {};', '  // nothing\n { }'])(
    'of a tool without arguments: %s',
    (text) => {
      expect(inputSchemaOf(text)).toMatchObject({ type: 'object', properties: {}, required: [] });
    },
  );

  it('makes one choice of a union of literals', () => {
    expect(property("'red' | 'green' | 'blue'")).toEqual({ type: 'string', enum: ['red', 'green', 'blue'] });
    expect(property('1 | -2 | null')).toEqual({ anyOf: [{ type: 'number', enum: [1, -2] }, { type: 'null' }] });
  });

  it('knows types by name, and interfaces', () => {
    const text = `interface Item { sku: string; count: number }
      type Colour = 'red' | 'blue'
      export type Data = { items: Item[]; colour?: Colour }`;
    expect(inputSchemaOf(text).properties).toMatchObject({
      items: { type: 'array', items: { required: ['sku', 'count'] } },
      colour: { enum: ['red', 'blue'] },
    });
  });

  it('takes a comment in whatever style, at the end of a line, before it, or inside', () => {
    const { properties, description } = inputSchemaOf(`
      // Books a table.
      export type Data = {
        guests: number; // How many come
        /**
         * Day and time,
         * as 2026-01-31T19:00
         */
        at: string;
        // Not before noon
        // and not after ten
        until?: string;
        area: 'in' /* the house */ | 'out' /* the garden */;
      }`);
    expect(description).toBe('Books a table.');
    expect(Object.values(properties).map((one) => one.description)).toEqual([
      'How many come',
      'Day and time, as 2026-01-31T19:00',
      'Not before noon and not after ten',
      'the house the garden',
    ]);
  });

  it('treats a property that may be undefined as optional', () => {
    expect(inputSchemaOf('{ a: string | undefined; b: number }')).toMatchObject({
      properties: { a: { type: 'string' } },
      required: ['b'],
    });
  });

  it.each([
    ['type Data = string', 'the arguments must be an object type'],
    ['export type Data = string[]', 'the arguments must be an object type'],
    ['export type Data = { a: string } | { b: string }', 'the arguments must be an object type'],
    ['', 'it holds no type'],
    ['// only a comment', 'it holds no type'],
    ['{ a: ', 'is no TypeScript type'],
    ['const data = 1', 'only types may stand in it (line 1)'],
    ['{ a: Date }', 'JSON has no dates: write string'],
    ['{ a: Map<string, string> }', 'the type Map is not known'],
    ['{ a: () => void }', 'a function type cannot be an argument in JSON'],
    ['{\n  a(): void\n}', 'methods cannot be arguments in JSON (line 2)'],
    ['{ a: bigint }', 'a big int type cannot be an argument in JSON'],
    ['{ a: undefined }', 'cannot be an argument in JSON'],
    ['{ a: keyof X }', 'keyof is not supported'],
    ['{ a: string & number }', 'intersection type cannot'],
    ['{ a: 10n }', 'only strings, numbers and booleans can be literals'],
    ['{ a }', 'a has no type'],
    ['{ a: string; a: number }', 'a is declared twice'],
    ['{ __proto__: string }', '__proto__ cannot be the name'],
    ['{ [x]: string }', 'the name of a property must be'],
    ['{ [key: number]: string }', 'an index signature must be of the form'],
    ['{ a: Record<number, string> }', 'the keys of a Record must be'],
    ['type Data = { next?: Data }', 'Data refers to itself'],
    ['type Data<T> = { a: T }', 'Data has type parameters'],
    ['enum E { A }\ntype Data = { e: E }', 'enums are not supported'],
    ['interface A { a: 1 }\ninterface Data extends A { b: 2 }', 'extends is not supported'],
  ])('refuses what JSON cannot say, with the reason: %s', (text, reason) => {
    expect(() => inputSchemaOf(text)).toThrow(expect.objectContaining({ kind: 'invalidParameter' }));
    expect(() => inputSchemaOf(text)).toThrow(reason);
  });

  it.each([
    '//'.repeat(10_000),
    '/**/'.repeat(5_000),
    '{ a: '.repeat(4_000),
    '('.repeat(20_000),
    '{ a: string[][] }'.replace('[][]', '[]'.repeat(9_000)),
  ])('is read or refused in a moment: %#', (text) => {
    const startedAt = performance.now();
    try {
      inputSchemaOf(text);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'invalidParameter' });
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('arguments that do not fit', () => {
  const schema = inputSchemaOf(
    "{ city: string; days?: number; unit?: 'c' | 'f'; at?: [number, number]; tags?: string[]; to?: { name: string } | null }",
  );

  it.each([
    [{ city: 'Oslo', days: 2, unit: 'c', at: [1, 2], tags: ['a'], to: null }, undefined],
    [{}, 'city is missing'],
    ['Oslo', 'the arguments must be an object'],
    [{ city: 7 }, 'city must be a string'],
    [{ city: 'Oslo', days: '2' }, 'days must be a number'],
    [{ city: 'Oslo', unit: 'k' }, 'unit must be one of "c", "f"'],
    [{ city: 'Oslo', at: [1] }, 'at must hold at least 2 items'],
    [{ city: 'Oslo', at: [1, 2, 3] }, 'at must not hold more than 2 items'],
    [{ city: 'Oslo', tags: ['a', 3] }, 'tags.1 must be a string'],
    [{ city: 'Oslo', to: {} }, 'to.name is missing, or to must be null'],
    [{ city: 'Oslo', town: 'Oslo' }, 'town is not known'],
  ])('are described so that a model can correct them: %j', (args, problem) => {
    expect(problemWith(schema, args)).toBe(problem);
  });
});
