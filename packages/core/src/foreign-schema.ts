// What the schemas inside a plugin's manifest may hold, so that checking a value against them takes no longer than reading it.

import { createRequire } from 'node:module';
import type { Issue } from './errors.js';
import { isRecord, type JsonSchema, pointerTo } from './json.js';

const require = createRequire(import.meta.url);

/** A search by an engine whose time is linear in the text, whatever the pattern. */
export interface LinearPattern {
  test(text: string): boolean;
}

/**
 * A pattern of JSON Schema for RE2, which has neither look-around nor back references.
 *
 * @throws Error for a pattern that RE2 does not have
 */
export function linearPattern(pattern: string): LinearPattern {
  // Loaded with the first pattern: few manifests have one.
  const { RE2JS } = require('re2js') as typeof import('re2js');
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}

/** Their values are data, whatever keys those have. */
const DATA = new Set(['default', 'enum', 'const', 'examples', 'description', 'title']);

/**
 * What makes a schema unfit: a pattern that needs backtracking, and references, by which a small schema can ask for
 * endless work.
 */
export function foreignSchemaIssues(schema: JsonSchema, at = ''): Issue[] {
  return Object.entries(schema).flatMap(([key, value]) => {
    const pointer = pointerTo(at, key);
    if (DATA.has(key)) return [];
    if (key === 'pattern' && typeof value === 'string') return patternIssues(value, pointer);
    if (/^\$(?:ref|dynamicRef|recursiveRef|async)$/.test(key) && !isRecord(value)) {
      return [
        {
          pointer,
          problem: `'${key}' is not allowed`,
          expected: 'a schema without references',
          got: `'${key}'`,
        },
      ];
    }
    const names = key === 'patternProperties' && isRecord(value) ? Object.keys(value) : [];
    return [
      ...names.flatMap((name) => patternIssues(name, pointerTo(pointer, name))),
      ...subschemas(value).flatMap(([step, each]) =>
        foreignSchemaIssues(each, step === null ? pointer : pointerTo(pointer, step)),
      ),
    ];
  });
}

/** The records in a keyword's value: a schema, a list of schemas, or schemas by name. */
function subschemas(value: unknown): [step: number | null, schema: JsonSchema][] {
  if (isRecord(value)) return [[null, value]];
  if (!Array.isArray(value)) return [];
  return value.flatMap((each, i): [number, JsonSchema][] => (isRecord(each) ? [[i, each]] : []));
}

/** Characters of a pattern; RE2's time grows with its length. */
const LONGEST_PATTERN = 1000;

function patternIssues(pattern: string, pointer: string): Issue[] {
  if (pattern.length > LONGEST_PATTERN) {
    const expected = `a pattern of at most ${LONGEST_PATTERN} characters`;
    return [{ pointer, expected, got: `${pattern.length} characters` }];
  }
  try {
    linearPattern(pattern);
    return [];
  } catch (error) {
    return [
      {
        pointer,
        problem: 'not a pattern that can be matched in linear time',
        expected: 'a regular expression of RE2: no look-around, no back references, at most 1000 repetitions',
        got: error instanceof Error ? error.message.replace('error parsing regexp: ', '') : String(error),
      },
    ];
  }
}
