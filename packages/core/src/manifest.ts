// Parses manifests and checks what a schema alone cannot.

import { didYouMean, GaussmarkError, type Issue } from './errors.js';
import { formatValue, isRecord, type JsonValue, pointerTo } from './json.js';
import type { Hyperparameter, Manifest, ManifestOf, SearchDimension } from './manifest-schema.js';
import { describeSchema } from './schema-words.js';
import { publishedValidator, schemaIssues, type Validator, validator } from './validation.js';

/** Selects a preset among hyperparameter values, and is therefore not a valid hyperparameter name. */
export const PRESET = 'preset';

const checkSchema = publishedValidator('manifest');

/**
 * Validates a manifest.
 *
 * @param file names the manifest in errors.
 * @throws GaussmarkError listing every mistake with JSON pointer, expected and got.
 * @example
 * parseManifest(manifest, 'manifest.json').name; // = 'descent'
 */
export function parseManifest(document: unknown, file: string): Manifest {
  const issues = manifestIssues(document);
  if (issues.length === 0) return document as Manifest;
  throw new GaussmarkError(`${file} is not a valid manifest`, {
    file,
    plugin: pluginNamed(document),
    issues,
  });
}

/**
 * Finds every mistake in a manifest; none if it is valid.
 *
 * @example
 * manifestIssues({ ...manifest, kind: 'optimiser' }).map(({ pointer }) => pointer); // = ['/kind']
 */
export function manifestIssues(document: unknown): Issue[] {
  const long = longLists(document);
  if (long.length > 0) return long;
  const structural = checkSchema(document);
  return structural.length > 0 ? structural : semanticIssues(document as Manifest);
}

/** Items in any list of a manifest; checking enums for repetition takes quadratic time. */
const MOST_ITEMS = 1000;

function longLists(value: unknown, at = ''): Issue[] {
  if (Array.isArray(value) && value.length > MOST_ITEMS) {
    return [{ pointer: at, expected: `a list of at most ${MOST_ITEMS} items`, got: `${value.length} items` }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => longLists(item, pointerTo(at, key)));
}

/** `optimizer 'sgn'`, as far as the document tells. */
export function pluginNamed(document: unknown): string | undefined {
  if (!isRecord(document) || typeof document.name !== 'string') return undefined;
  return `${typeof document.kind === 'string' ? document.kind : 'plugin'} '${document.name}'`;
}

function semanticIssues(manifest: Manifest): Issue[] {
  const { properties } = manifest.hyperparameters;
  const malformed = Object.entries(properties).flatMap(([name, schema]) =>
    hyperparameterIssues(name, schema),
  );
  if (malformed.length > 0) return malformed;
  const checks: Checks = new Map(
    Object.entries(properties).map(([name, schema]) => [name, validator(schema, 'foreign')]),
  );
  return [
    ...Object.entries(properties).flatMap(([name, schema]) => defaultIssues(name, schema, checks)),
    ...Object.entries(manifest.search ?? {}).flatMap(([name, search]) =>
      searchIssues(name, search, properties, checks),
    ),
    ...Object.entries(manifest.presets ?? {}).flatMap(([name, preset]) =>
      valuesIssues(pointerTo('/presets', name), preset, properties, checks),
    ),
    ...valuesIssues('/coverage/base', manifest.coverage?.base ?? {}, properties, checks),
    ...(manifest.kind === 'optimizer' ? stepIssues(manifest, properties, checks) : []),
    ...Object.entries(manifest.coverage?.values ?? {}).flatMap(([name, values]) =>
      values.flatMap((value, i) =>
        valuesIssues('/coverage/values', { [name]: value }, properties, checks, (at) => pointerTo(at, i)),
      ),
    ),
  ];
}

type Checks = ReadonlyMap<string, Validator>;
type Properties = Readonly<Record<string, Hyperparameter>>;

const PROPERTIES = '/hyperparameters/properties';

function hyperparameterIssues(name: string, schema: Hyperparameter): Issue[] {
  const at = pointerTo(PROPERTIES, name);
  if (name === PRESET) {
    const problem = `'${PRESET}' selects a preset and cannot be the name of a hyperparameter`;
    return [{ pointer: at, problem, expected: 'another name', got: `'${name}'` }];
  }
  if (schema.type === undefined && schema.enum === undefined && schema.anyOf === undefined) {
    return [
      {
        pointer: at,
        problem: `'${name}' has no type`,
        expected: "'type', 'enum' or 'anyOf'",
        got: 'none of them',
      },
    ];
  }
  return schemaIssues(schema).map((issue) => ({ ...issue, pointer: at + issue.pointer }));
}

function defaultIssues(name: string, schema: Hyperparameter, checks: Checks): Issue[] {
  if (schema.default === undefined) return [];
  const at = pointerTo(pointerTo(PROPERTIES, name), 'default');
  return checks.get(name)!(schema.default).map((issue) => ({
    ...issue,
    pointer: at + issue.pointer,
    problem: issue.problem ?? `the default of '${name}' violates its schema`,
  }));
}

function searchIssues(
  name: string,
  search: SearchDimension,
  properties: Properties,
  checks: Checks,
): Issue[] {
  const at = pointerTo('/search', name);
  const check = checks.get(name);
  if (check === undefined) return [unknownHyperparameter(at, name, properties)];
  if (search.scale === 'categorical') {
    return search.values.flatMap((value, i) =>
      outside(pointerTo(`${at}/values`, i), name, value, properties, check),
    );
  }
  const { low, high, scale } = search;
  if (low >= high)
    return [{ pointer: `${at}/high`, expected: `a number greater than low (${low})`, got: String(high) }];
  if (scale.startsWith('log') && low <= 0) {
    return [{ pointer: `${at}/low`, expected: 'a number greater than 0 on a log scale', got: String(low) }];
  }
  return (['low', 'high'] as const).flatMap((end) => {
    const value = search[end];
    if (scale.endsWith('integer') && !Number.isInteger(value)) {
      return [{ pointer: `${at}/${end}`, expected: 'an integer', got: String(value) }];
    }
    return outside(`${at}/${end}`, name, value, properties, check);
  });
}

function valuesIssues(
  pointer: string,
  values: Readonly<Record<string, JsonValue>>,
  properties: Properties,
  checks: Checks,
  within: (at: string) => string = (at) => at,
): Issue[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const at = within(pointerTo(pointer, name));
    const check = checks.get(name);
    return check === undefined
      ? [unknownHyperparameter(at, name, properties)]
      : outside(at, name, value, properties, check);
  });
}

/** Checks an optimizer's declarations about its step. */
function stepIssues(
  { innerLoop, conformance = {} }: ManifestOf<'optimizer'>,
  properties: Properties,
  checks: Checks,
): Issue[] {
  const issues = valuesIssues('/conformance', conformance, properties, checks);
  if (innerLoop === undefined) return issues;
  const { budget, exact = {} } = innerLoop;
  return [
    ...issues,
    ...(checks.has(budget) ? [] : [unknownHyperparameter('/innerLoop/budget', budget, properties)]),
    ...valuesIssues('/innerLoop/exact', exact, properties, checks),
  ];
}

function outside(
  pointer: string,
  name: string,
  value: JsonValue,
  properties: Properties,
  check: Validator,
): Issue[] {
  if (check(value).length === 0) return [];
  const problem = `not a valid value of hyperparameter '${name}'`;
  return [{ pointer, problem, expected: describeSchema(properties[name]!), got: formatValue(value) }];
}

function unknownHyperparameter(pointer: string, name: string, properties: Properties): Issue {
  return { pointer, problem: `unknown hyperparameter '${name}'${didYouMean(name, Object.keys(properties))}` };
}
