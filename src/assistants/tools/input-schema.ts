import { createDescriptions, type Descriptions } from './descriptions.ts';
import { type Member, type Node, parseTypeText, refused, type Type, type TypeText } from './type-text.ts';

/** The part of JSON Schema that a type comes to. */
export type JsonSchema = {
  type?: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema | false;
  prefixItems?: JsonSchema[];
  minItems?: number;
  anyOf?: JsonSchema[];
  enum?: (string | number | boolean)[];
};

export type ObjectSchema = JsonSchema & {
  type: 'object';
  properties: Record<string, JsonSchema>;
  required: string[];
};

/**
 * The arguments of a tool, given as the text of a TypeScript type. Comments become descriptions. What JSON cannot say is
 * refused with the reason, as is what would accept more than the type does.
 */
export function inputSchemaOf(text: string): ObjectSchema {
  const typeText = parseTypeText(text);
  const reading: Reading = { typeText, descriptions: createDescriptions(typeText.comments), path: [], depth: 0 };
  const schema = schemaOfDeclaration(typeText.main.id.name, typeText.main, reading);
  if (!schema.properties || schema.type !== 'object' || !schema.required) {
    throw refused(typeText.main, 'the arguments must be an object type, such as { city: string }');
  }
  const description = reading.descriptions.rest();
  return { ...(schema as ObjectSchema), ...(description ? { description } : {}) };
}

type Reading = {
  typeText: TypeText;
  descriptions: Descriptions;
  /** The named types that the one being read stands in. */
  path: string[];
  depth: number;
};

const DEPTH = 30;

function schemaOfDeclaration(name: string, node: TypeText['main'], reading: Reading): JsonSchema {
  if (reading.path.includes(name)) throw refused(node, `${name} refers to itself, which is not supported`);
  const inner = { ...reading, path: [...reading.path, name] };
  if (node.type === 'TSTypeAliasDeclaration') return schemaOf(node.typeAnnotation, inner);
  if (node.extends?.length) throw refused(node, 'extends is not supported: write the properties out');
  return schemaOfObject(node.body, node.body.body, inner);
}

function schemaOf(type: Type, outer: Reading): JsonSchema {
  const reading = { ...outer, depth: outer.depth + 1 };
  if (reading.depth > DEPTH) throw refused(type, `types are nested more than ${DEPTH} deep`);
  switch (type.type) {
    case 'TSStringKeyword':
      return { type: 'string' };
    case 'TSNumberKeyword':
      return { type: 'number' };
    case 'TSBooleanKeyword':
      return { type: 'boolean' };
    case 'TSNullKeyword':
      return { type: 'null' };
    case 'TSAnyKeyword':
    case 'TSUnknownKeyword':
      return {};
    case 'TSObjectKeyword':
      return { type: 'object', additionalProperties: true };
    case 'TSParenthesizedType':
      return schemaOf(type.typeAnnotation, reading);
    case 'TSLiteralType':
      return schemaOfLiteral(type);
    case 'TSArrayType':
      return { type: 'array', items: schemaOf(type.elementType, reading) };
    case 'TSTypeOperator':
      if (type.operator === 'readonly' && type.typeAnnotation) return schemaOf(type.typeAnnotation, reading);
      throw refused(type, `${type.operator} is not supported`);
    case 'TSTupleType':
      return schemaOfTuple(type, reading);
    case 'TSUnionType':
      return union(type.types.map((each) => schemaOf(each, reading)));
    case 'TSTypeLiteral':
      return schemaOfObject(type, type.members, reading);
    case 'TSTypeReference':
      return schemaOfReference(type, reading);
    default:
      throw refused(type, `${nameOfKind(type.type)} cannot be an argument in JSON`);
  }
}

type Of<Kind extends Type['type']> = Extract<Type, { type: Kind }>;

function schemaOfLiteral(type: Of<'TSLiteralType'>): JsonSchema {
  const { literal } = type;
  if (literal.type === 'StringLiteral') return { type: 'string', enum: [literal.value] };
  if (literal.type === 'NumericLiteral') return { type: 'number', enum: [literal.value] };
  if (literal.type === 'BooleanLiteral') return { type: 'boolean', enum: [literal.value] };
  if (literal.type === 'UnaryExpression' && literal.operator === '-' && literal.argument.type === 'NumericLiteral') {
    return { type: 'number', enum: [-literal.argument.value] };
  }
  throw refused(type, 'only strings, numbers and booleans can be literals');
}

function schemaOfTuple(type: Of<'TSTupleType'>, reading: Reading): JsonSchema {
  const prefixItems: JsonSchema[] = [];
  let minItems = 0;
  let items: JsonSchema | false = false;
  for (const element of type.elementTypes) {
    const inner = element.type === 'TSNamedTupleMember' ? element.elementType : element;
    if (items !== false) throw refused(element, 'a rest element must be the last of its tuple');
    if (inner.type === 'TSRestType') {
      const rest = schemaOf(inner.typeAnnotation, reading);
      if (rest.type !== 'array' || rest.prefixItems || !rest.items) {
        throw refused(inner, 'a rest element must be an array');
      }
      items = rest.items;
    } else if (inner.type === 'TSOptionalType') {
      prefixItems.push(schemaOf(inner.typeAnnotation, reading));
    } else {
      prefixItems.push(schemaOf(inner, reading));
      if (element.type !== 'TSNamedTupleMember' || !element.optional) minItems = prefixItems.length;
    }
  }
  return { type: 'array', prefixItems, items, minItems };
}

/** Literals become one list of values, so that a model sees a choice. */
function union(schemas: JsonSchema[]): JsonSchema {
  const others = schemas.filter((schema) => !schema.enum);
  const choices: JsonSchema[] = [];
  for (const kind of ['string', 'number', 'boolean'] as const) {
    const values = schemas.flatMap((schema) => (schema.type === kind && schema.enum ? schema.enum : []));
    if (values.length > 0) choices.push({ type: kind, enum: [...new Set(values)] });
  }
  const all = [...choices, ...others].flatMap((schema) => (onlyAnyOf(schema) ? schema.anyOf : [schema]));
  const [first] = all;
  return all.length === 1 ? (first as JsonSchema) : { anyOf: all };
}

const onlyAnyOf = (schema: JsonSchema): schema is JsonSchema & { anyOf: JsonSchema[] } =>
  schema.anyOf !== undefined && Object.keys(schema).length === 1;

function schemaOfReference(type: Of<'TSTypeReference'>, reading: Reading): JsonSchema {
  if (type.typeName.type !== 'Identifier') throw refused(type, 'names with dots are not supported');
  const { name } = type.typeName;
  const args = type.typeParameters?.params ?? [];
  const declaration = reading.typeText.declarations.get(name);
  if (declaration) return schemaOfDeclaration(name, declaration, reading);
  const [first, second] = args;
  if ((name === 'Array' || name === 'ReadonlyArray') && first && !second) {
    return { type: 'array', items: schemaOf(first, reading) };
  }
  if (name === 'Record' && first && second && args.length === 2) return schemaOfRecord(type, first, second, reading);
  if (name === 'Date') throw refused(type, 'JSON has no dates: write string');
  throw refused(type, `the type ${name} is not known`);
}

function schemaOfRecord(node: Node, keys: Type, values: Type, reading: Reading): JsonSchema {
  const key = schemaOf(keys, reading);
  const value = schemaOf(values, reading);
  if (key.type === 'string' && !key.enum) return { type: 'object', additionalProperties: value };
  if (key.type === 'string' && key.enum) {
    const names = key.enum.map((name) => propertyName(node, String(name)));
    return {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, value])),
      required: names,
      additionalProperties: false,
    };
  }
  throw refused(node, 'the keys of a Record must be string, or a union of strings');
}

function schemaOfObject(container: Node, members: Member[], reading: Reading): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  let additionalProperties: JsonSchema | false = false;
  members.forEach((member, index) => {
    if (member.type === 'TSIndexSignature') {
      additionalProperties = schemaOfIndex(member, reading);
      return;
    }
    if (member.type !== 'TSPropertySignature') throw refused(member, 'methods cannot be arguments in JSON');
    const { key } = member;
    const name =
      !member.computed && key.type === 'Identifier' ? key.name : key.type === 'StringLiteral' ? key.value : undefined;
    if (name === undefined) throw refused(member, 'the name of a property must be a plain name or a string');
    propertyName(member, name);
    if (Object.hasOwn(properties, name)) throw refused(member, `${name} is declared twice`);
    if (!member.typeAnnotation) throw refused(member, `${name} has no type`);
    const { type, isOptional } = withoutUndefined(member.typeAnnotation.typeAnnotation);
    const schema = { ...schemaOf(type, reading) };
    const description = reading.descriptions.ofMember(members, index, container);
    if (description) schema.description = description;
    properties[name] = schema;
    if (!member.optional && !isOptional) required.push(name);
  });
  return { type: 'object', properties, required, additionalProperties };
}

function schemaOfIndex(member: Extract<Member, { type: 'TSIndexSignature' }>, reading: Reading): JsonSchema {
  const key = member.parameters[0]?.typeAnnotation;
  const value = member.typeAnnotation?.typeAnnotation;
  if (key?.type !== 'TSTypeAnnotation' || key.typeAnnotation.type !== 'TSStringKeyword' || !value) {
    throw refused(member, 'an index signature must be of the form [key: string]: T');
  }
  return schemaOf(value, reading);
}

function propertyName(node: Node, name: string): string {
  if (name === '__proto__') throw refused(node, '__proto__ cannot be the name of a property');
  return name;
}

/** `T | undefined` is how an optional property is sometimes written. */
function withoutUndefined(type: Type): { type: Type; isOptional: boolean } {
  if (type.type !== 'TSUnionType') return { type, isOptional: false };
  const types = type.types.filter((each) => each.type !== 'TSUndefinedKeyword');
  if (types.length === 0) return { type, isOptional: false };
  return { type: { ...type, types }, isOptional: types.length < type.types.length };
}

/** `TSFunctionType` as "a function type". */
const nameOfKind = (kind: string) =>
  `a ${kind
    .replace(/^TS|Type$|Keyword$/g, '')
    .replace(/(?!^)(?=[A-Z])/g, ' ')
    .toLowerCase()} type`;
