// Restricts the schemas in plugins' manifests so that validating a value takes no longer than reading it.

import { createRequire } from 'node:module';
import type { Issue } from './errors.js';
import { isRecord, type JsonSchema, pointerTo } from './json.js';

const require = createRequire(import.meta.url);

/** A regular expression whose matching time is linear in the text, for every pattern. */
export interface LinearPattern {
  test(text: string): boolean;
}

/**
 * Compiles a JSON Schema pattern with RE2, which has neither look-around nor back references.
 *
 * @throws Error if RE2 does not support the pattern
 */
export function linearPattern(pattern: string): LinearPattern {
  // Loaded on first use: few manifests have patterns.
  const { RE2JS } = require('re2js') as typeof import('re2js');
  return RE2JS.compile(RE2JS.translateRegExp(pattern));
}

/** Keywords whose values are data, not schemas. */
const DATA = new Set(['default', 'enum', 'const', 'examples', 'description', 'title']);

/**
 * Why a schema is not accepted: a pattern that needs backtracking, or a reference, with which a small schema can cause
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

/** The schemas in a keyword's value: one, a list, or schemas by name. */
function subschemas(value: unknown): [step: number | null, schema: JsonSchema][] {
  if (isRecord(value)) return [[null, value]];
  if (!Array.isArray(value)) return [];
  return value.flatMap((each, i): [number, JsonSchema][] => (isRecord(each) ? [[i, each]] : []));
}

/** RE2's time grows with the length of the pattern. */
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
        problem: 'the pattern cannot be matched in linear time',
        expected: 'an RE2 regular expression: no look-around, no back references, at most 1000 repetitions',
        got: error instanceof Error ? error.message.replace('error parsing regexp: ', '') : String(error),
      },
    ];
  }
}
