// Describes a JSON Schema in plain English: 'a number greater than 0 and at most 1'.

import { formatValue, isRecord, type JsonSchema } from './json.js';

const ONE: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'a record',
};

const MANY: Readonly<Record<string, string>> = {
  string: 'strings',
  number: 'numbers',
  integer: 'integers',
  boolean: 'booleans',
  null: 'nulls',
  array: 'lists',
  object: 'records',
};

/**
 * What a schema accepts; completes the phrase 'expected ...'.
 *
 * @internal
 */
export function describeSchema(schema: JsonSchema | boolean): string {
  if (typeof schema === 'boolean') return schema ? 'any value' : 'nothing here';
  if ('const' in schema) return formatValue(schema.const);
  if (Array.isArray(schema.enum)) return oneOf(schema.enum.map(formatValue));
  for (const union of ['anyOf', 'oneOf']) {
    const branches = schema[union];
    if (Array.isArray(branches)) return [...new Set(branches.map(describeSchema))].join(', or ');
  }
  const type = schema.type;
  const types = Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
  if (types.length === 0) return 'any value';
  return types.map((name) => describeType(name, schema)).join(', or ');
}

function describeType(type: string, schema: JsonSchema): string {
  const words = ONE[type] ?? type;
  switch (type) {
    case 'number':
    case 'integer':
      return join(words, numberBounds(schema));
    case 'string':
      return describeString(words, schema);
    case 'array':
      return describeArray(words, schema);
    default:
      return words;
  }
}

function numberBounds(schema: JsonSchema): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && maximum !== undefined)
    return join(`from ${minimum} to ${maximum}`, multiple(multipleOf));
  const bounds = [
    minimum === undefined ? '' : `of at least ${minimum}`,
    exclusiveMinimum === undefined ? '' : `greater than ${exclusiveMinimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    exclusiveMaximum === undefined ? '' : `less than ${exclusiveMaximum}`,
  ];
  return join(bounds.filter((bound) => bound !== '').join(' and '), multiple(multipleOf));
}

function multiple(step: unknown): string {
  return step === undefined ? '' : `in steps of ${step}`;
}

function describeString(words: string, schema: JsonSchema): string {
  const { examples, pattern, minLength, maxLength } = schema;
  const like = Array.isArray(examples) ? `like ${oneOf(examples.map(formatValue))}` : '';
  const form = typeof pattern === 'string' && like === '' ? `matching ${pattern}` : '';
  const length =
    minLength === 1 ? 'that is not empty' : minLength ? `of ${minLength} or more characters` : '';
  const limit = maxLength === undefined ? '' : `of at most ${maxLength} characters`;
  return join(words, like || form || join(length, limit));
}

function describeArray(words: string, schema: JsonSchema): string {
  const { items, minItems, maxItems } = schema;
  return join(words, join(describeItems(items), join(describeCount(minItems, maxItems), unique(schema))));
}

function describeItems(items: unknown): string {
  if (!isRecord(items)) return '';
  const many = typeof items.type === 'string' ? MANY[items.type] : undefined;
  if (many === undefined || 'enum' in items) return `whose items are ${describeSchema(items)}`;
  const bounds = items.type === 'number' || items.type === 'integer' ? numberBounds(items) : '';
  return join(`of ${many}`, bounds === '' ? '' : `(each ${bounds.replace(/^of /, '')})`);
}

function describeCount(least: unknown, most: unknown): string {
  if (least !== undefined && least === most) return `with ${least} items`;
  if (least !== undefined && most !== undefined) return `with ${least} to ${most} items`;
  if (least !== undefined) return least === 1 ? 'that is not empty' : `with ${least} items or more`;
  return most === undefined ? '' : `with at most ${most} items`;
}

function unique(schema: JsonSchema): string {
  return schema.uniqueItems === true ? 'without repetition' : '';
}

function oneOf(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function join(a: string, b: string): string {
  return a === '' || b === '' ? a + b : `${a} ${b}`;
}
