// Validates hyperparameter values against a manifest and fills in its defaults.

import { didYouMean, GaussmarkError, type Issue } from './errors.js';
import { formatValue, type JsonValue, pointerTo } from './json.js';
import { PRESET } from './manifest.js';
import type { Hyperparameter, Manifest } from './manifest-schema.js';
import { describeSchema } from './schema-words.js';
import { type Validator, validator } from './validation.js';

export type HyperparameterValues = Readonly<Record<string, JsonValue>>;

const compiled = new WeakMap<Hyperparameter, Validator>();

/**
 * The defaults in a manifest; hyperparameters without one are absent.
 *
 * @example
 * defaultsOf(manifest); // = { learningRate: 0.1 }
 */
export function defaultsOf(manifest: Manifest): Record<string, JsonValue> {
  const result: Record<string, JsonValue> = {};
  for (const [name, schema] of Object.entries(manifest.hyperparameters.properties)) {
    if (schema.default !== undefined) result[name] = structuredClone(schema.default);
  }
  return result;
}

/**
 * All hyperparameters of a plugin, in the manifest's order. Given values win over the preset named by `values.preset`,
 * and that over the defaults. Values are not coerced: `"1"` is not a number.
 *
 * @typeParam H the type that matches the manifest; not checked at run time.
 * @throws GaussmarkError listing every mistake: unknown names, wrong types, values out of range, missing values.
 * @example
 * completeHyperparameters(manifest, {}); // = { learningRate: 0.1 }
 * completeHyperparameters(manifest, { learningRate: 1 }); // = { learningRate: 1 }
 */
export function completeHyperparameters<H = Record<string, JsonValue>>(
  manifest: Manifest,
  values: HyperparameterValues,
): H {
  const { properties } = manifest.hyperparameters;
  const plugin = `${manifest.kind} '${manifest.name}'`;
  const { [PRESET]: preset, ...own } = values;
  const given = { ...(preset === undefined ? {} : presetOf(manifest, preset)), ...own };

  const issues = Object.entries(given).flatMap(([name, value]) =>
    valueIssues(
      name,
      value,
      Object.hasOwn(properties, name) ? properties[name] : undefined,
      Object.keys(properties),
    ),
  );
  const result = defaultsOf(manifest);
  const complete: Record<string, JsonValue> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const value = Object.hasOwn(given, name) ? given[name] : result[name];
    if (value !== undefined) complete[name] = value;
    else issues.push(missing(name, schema));
  }
  if (issues.length === 0) return complete as H;

  const which = issues.length === 1 ? 'invalid hyperparameter' : `${issues.length} invalid hyperparameters`;
  throw new GaussmarkError(`${plugin}: ${which}`, {
    plugin,
    issues,
    remedy: quotationRemedy(given, properties),
  });
}

/** `target=2021` reads as a number; a name that looks like a number needs quotes. */
function quotationRemedy(
  given: HyperparameterValues,
  properties: Manifest['hyperparameters']['properties'],
): string | undefined {
  const unquoted = Object.entries(given).find(([name, value]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name]! : undefined;
    if (schema === undefined || (typeof value === 'object' && value !== null) || typeof value === 'string')
      return false;
    return /\ba string\b/.test(describeSchema(schema)) && valueIssues(name, value, schema, []).length > 0;
  });
  if (unquoted === undefined) return undefined;
  const [name, value] = unquoted;
  return `to pass it as text, quote it: ${name}="${String(value)}"`;
}

function valueIssues(
  name: string,
  value: JsonValue,
  schema: Hyperparameter | undefined,
  known: readonly string[],
): Issue[] {
  const at = pointerTo('', name);
  if (schema === undefined) {
    return [{ pointer: at, problem: `unknown hyperparameter '${name}'${didYouMean(name, known)}` }];
  }
  if (sizeOf(value) > MOST_VALUES) {
    return [{ pointer: at, expected: `at most ${MOST_VALUES} nested values`, got: `${sizeOf(value)}` }];
  }
  // JSON has no such numbers, and no schema expects them.
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [{ pointer: at, expected: describeSchema(schema), got: String(value) }];
  }
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = validator(schema, 'foreign');
    compiled.set(schema, validate);
  }
  return validate(value).map((issue) => ({ ...issue, pointer: at + issue.pointer }));
}

/** Counts the values inside a hyperparameter; checking a list for repetition takes quadratic time. */
const MOST_VALUES = 10_000;

function sizeOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 1);
}

function missing(name: string, schema: Hyperparameter): Issue {
  const problem = `'${name}' is required`;
  return { pointer: pointerTo('', name), problem, expected: describeSchema(schema), got: 'nothing' };
}

function presetOf(manifest: Manifest, name: JsonValue): HyperparameterValues {
  const presets = manifest.presets ?? {};
  const preset = typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset !== undefined) return preset;
  const text = typeof name === 'string' ? name : formatValue(name);
  const plugin = `${manifest.kind} '${manifest.name}'`;
  throw new GaussmarkError(`${plugin}: unknown preset '${text}'${didYouMean(text, Object.keys(presets))}`, {
    plugin,
    pointer: `/${PRESET}`,
  });
}
