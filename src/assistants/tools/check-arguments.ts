import type { JsonSchema } from './input-schema.ts';

/**
 * What is wrong with a model's arguments, in words that it can use to correct them; undefined if nothing is. (Zod's
 * reading of JSON Schema takes an inherited `constructor` for a property, and says less of alternatives.)
 */
export function problemWith(schema: JsonSchema, value: unknown, place = 'the arguments'): string | undefined {
  // Schemas of others may say more than ours ever do. What we do not know, their server checks.
  const type: unknown = schema.type;
  if (Array.isArray(type)) {
    return problemWithAlternatives(
      type.map((each) => ({ ...schema, type: each })),
      value,
      place,
    );
  }
  if (type === 'integer') return Number.isInteger(value) ? undefined : `${place} must be an integer`;
  if (schema.anyOf) return problemWithAlternatives(schema.anyOf, value, place);
  if (schema.enum && !schema.enum.some((one) => one === value)) {
    return `${place} must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`;
  }
  switch (schema.type) {
    case 'object':
      return problemWithObject(schema, value, place);
    case 'array':
      return problemWithArray(schema, value, place);
    case 'null':
      return value === null ? undefined : `${place} must be null`;
    case undefined:
      return undefined;
    default:
      return typeof value === schema.type ? undefined : `${place} must be a ${schema.type}`;
  }
}

function problemWithAlternatives(anyOf: JsonSchema[], value: unknown, place: string): string | undefined {
  const problems = anyOf.map((schema) => problemWith(schema, value, place));
  return problems.includes(undefined) ? undefined : problems.join(', or ');
}

function problemWithObject(schema: JsonSchema, value: unknown, place: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${place} must be an object`;
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${inside(place, missing)} is missing`;
  for (const [name, inner] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (known === false) return `${inside(place, name)} is not known`;
    const problem = typeof known === 'object' ? problemWith(known, inner, inside(place, name)) : undefined;
    if (problem) return problem;
  }
  return undefined;
}

function problemWithArray(schema: JsonSchema, value: unknown, place: string): string | undefined {
  if (!Array.isArray(value)) return `${place} must be an array`;
  const { prefixItems = [], items, minItems = 0 } = schema;
  if (value.length < minItems) return `${place} must hold at least ${minItems} items`;
  for (const [index, inner] of value.entries()) {
    const known = prefixItems[index] ?? items;
    if (known === false) return `${place} must not hold more than ${prefixItems.length} items`;
    const problem = known && problemWith(known, inner, inside(place, String(index)));
    if (problem) return problem;
  }
  return undefined;
}

const inside = (place: string, name: string) => (place === 'the arguments' ? name : `${place}.${name}`);
