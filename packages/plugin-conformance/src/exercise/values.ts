// Values of a hyperparameter to try, from its schema, its search space and its manifest.

import {
  canonicalJson,
  type Hyperparameter,
  type JsonValue,
  type Manifest,
  validator,
} from '@gaussmark/core';

/** The most values of a number or a list; all options of a choice are tried. */
const MOST = 6;

/**
 * Values other than the current one: those of the manifest's coverage; else, each valid by the schema, all options of a choice, near
 * and far numbers, shorter and longer lists, and the values in the search space, examples and presets.
 */
export function valuesToTry(manifest: Manifest, name: string, current: JsonValue | undefined): JsonValue[] {
  const schema = manifest.hyperparameters.properties[name]!;
  const own = manifest.coverage?.values?.[name];
  if (own !== undefined)
    return own.filter((value) => canonicalJson(value) !== canonicalJson(current ?? null));
  const space = manifest.search?.[name];
  const named = [
    ...(space === undefined ? [] : 'values' in space ? space.values : []),
    ...(schema.examples ?? []),
    ...Object.values(manifest.presets ?? {}).flatMap((preset) => (name in preset ? [preset[name]!] : [])),
  ];
  const bounds = space !== undefined && 'low' in space ? [space.low, space.high] : [];
  const guessed = [...choicesOf(schema), ...nearby(schema, current), ...bounds];
  const valid = validator(schema);
  const seen = new Set([canonicalJson(current ?? null)]);
  const kept = [...named, ...guessed].filter((value) => {
    const key = canonicalJson(value);
    if (seen.has(key) || valid(value).length > 0) return false;
    seen.add(key);
    return true;
  });
  const most = Math.max(MOST, named.length, schema.enum?.length ?? 0);
  return kept.slice(0, most);
}

/** The ends of a number's range, valid by its schema: some knobs act only there. */
export function boundsOf(manifest: Manifest, name: string): JsonValue[] {
  const schema = manifest.hyperparameters.properties[name]!;
  const valid = validator(schema);
  return [schema.minimum, schema.maximum].filter(
    (bound): bound is number => bound !== undefined && valid(bound).length === 0,
  );
}

function choicesOf({ enum: choices, type }: Hyperparameter): readonly JsonValue[] {
  if (choices !== undefined) return choices;
  const types = [type ?? []].flat();
  return [...(types.includes('boolean') ? [true, false] : []), ...(types.includes('null') ? [null] : [])];
}

function nearby(schema: Hyperparameter, current: JsonValue | undefined): JsonValue[] {
  const types = [schema.type ?? []].flat();
  if (Array.isArray(current)) return lists(current);
  if (types.includes('integer')) return integers(typeof current === 'number' ? current : undefined);
  if (types.includes('number')) return reals(typeof current === 'number' ? current : undefined, schema);
  return [];
}

/** Includes small values, so step counts act within a short run. */
function integers(current: number | undefined): number[] {
  if (current === undefined) return [2, 4, 1, 3];
  const half = Math.floor(current / 2);
  return [current + 1, half, 2 * current, 1, 2, 4].filter(Number.isSafeInteger);
}

function reals(current: number | undefined, schema: Hyperparameter): number[] {
  const { exclusiveMaximum, maximum = exclusiveMaximum } = schema;
  // A bounded value is a share of something.
  const most = maximum === undefined ? [] : [0.9 * maximum, 0.5 * maximum];
  const scaled = [0.5, 2, 100, 0.01, 1e4].map((factor) => (current ?? 1) * factor);
  return [...(current === 0 ? [0.1, 0.5, 1, 0.01] : scaled), ...most];
}

function lists(current: readonly JsonValue[]): JsonValue[] {
  const halved = current.map((item) =>
    typeof item === 'number' && Number.isInteger(item) ? Math.max(1, item >> 1) : item,
  );
  return [current.slice(0, -1), [...current, ...current.slice(-1)], halved];
}
