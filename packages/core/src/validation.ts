// JSON Schema validation (ajv, draft 2020-12, strict) with errors in plain English.

import { createRequire } from 'node:module';
import type { Ajv2020, CodeOptions, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { type Issue, nearest } from './errors.js';
import { foreignSchemaIssues, linearPattern } from './foreign-schema.js';
import { formatValue, isRecord, type JsonSchema, pointerTo, valueAt } from './json.js';
import { describeSchema } from './schema-words.js';

const require = createRequire(import.meta.url);
/** Who wrote the schema: this project, or a plugin in its manifest. */
type Origin = 'own' | 'foreign';

const instances = new Map<Origin, Ajv2020>();

/** Loaded on first use: the process of a run validates nothing, and would start training 50 ms later. */
function ajv(origin: Origin): Ajv2020 {
  const known = instances.get(origin);
  if (known !== undefined) return known;
  const made = newAjv(
    // With backtracking, a plugin's pattern could take exponential time.
    origin === 'own' ? {} : { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) },
  );
  instances.set(origin, made);
  return made;
}

/**
 * A compiler with our settings.
 *
 * @internal
 */
export function newAjv(code: CodeOptions = {}): Ajv2020 {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js');
  return new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    // Compiling the meta-schema takes 70 ms per process. schemaIssues checks plugins' schemas once; tests check ours.
    validateSchema: false,
    // Two plugins may use the same `$id`.
    addUsedSchema: false,
    // Shortening the generated code takes longer than it saves: a validator runs a few times.
    code: { optimize: false, ...code },
  });
}

/** Finds every mistake in a document. */
export type Validator = (document: unknown) => Issue[];

/**
 * A validator for a schema, compiled on first use.
 *
 * @internal
 */
export function validator(schema: object, origin: Origin = 'own'): Validator {
  return lazy(() => (origin === 'own' ? ajv(origin).compile(schema) : compileForeign(schema as JsonSchema)));
}

/**
 * A validator that the build compiled from a schema with validator-modules.ts: a large schema takes 100 to 200 ms to
 * compile, its module 20 to 40 ms to load.
 *
 * @param load requires the module
 * @internal
 */
export const builtValidator = (load: () => unknown): Validator => lazy(load as () => ValidateFunction);

/** The validator for a published schema of this package. */
export const publishedValidator = (name: string): Validator =>
  builtValidator(() => require(`../dist/validators/${name}.cjs`));

function lazy(load: () => ValidateFunction): Validator {
  let validate: ValidateFunction | undefined;
  return (document) => {
    validate ??= load();
    return validate(document) ? [] : explain(validate.errors ?? [], document);
  };
}

const foreign = new Map<string, ValidateFunction>();

/**
 * Compiles a hyperparameter's schema. Hyperparameters that accept the same values share a function; of the first 350, a
 * quarter differ.
 *
 * @throws Error if ajv cannot compile the schema
 */
function compileForeign(schema: JsonSchema): ValidateFunction {
  const { default: _default, description: _description, title: _title, ...rest } = schema;
  const key = JSON.stringify(rest);
  const known = foreign.get(key);
  if (known !== undefined) return known;
  const made = ajv('foreign').compile(rest);
  foreign.set(key, made);
  return made;
}

/**
 * The mistakes in a plugin's JSON Schema itself; pointers are relative to the schema.
 *
 * @internal
 */
export function schemaIssues(schema: JsonSchema): Issue[] {
  const compiler = ajv('foreign');
  if (compiler.validateSchema(schema) !== true) return explain(compiler.errors ?? [], schema);
  const unfit = foreignSchemaIssues(schema);
  if (unfit.length > 0) return unfit;
  try {
    compileForeign(schema);
    return [];
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return [{ pointer: '', problem: `not a valid JSON Schema: ${problem.replace('strict mode: ', '')}` }];
  }
}

/** Turns ajv's errors into issues: one per location, and for a union only those of the intended branch. */
function explain(errors: readonly ErrorObject[], document: unknown): Issue[] {
  const issues = new Map<string, Issue>();
  const { rest, decided } = settleUnions(errors);
  const unknown = rest.filter(isUnknownProperty);
  for (const issue of decided) issues.set(issue.pointer, issue);
  for (const error of rest) {
    const issue = isUnknownProperty(error) ? unknownProperty(error) : issueOf(error, unknown, document);
    if (issue !== undefined && !issues.has(issue.pointer)) issues.set(issue.pointer, issue);
  }
  return [...issues.values()];
}

function issueOf(error: ErrorObject, unknown: readonly ErrorObject[], document: unknown): Issue | undefined {
  const at = error.instancePath;
  const expected = describeSchema(error.parentSchema as JsonSchema);
  switch (error.keyword) {
    case 'required': {
      const name = String(error.params.missingProperty);
      // Report 'versoin' once, as a misspelling of the missing 'version'.
      const misspelled = unknown.some((other) => other.instancePath === at && intended(other) === name);
      if (misspelled) return undefined;
      const property = propertiesOf(error)[name];
      const words = isRecord(property) ? describeSchema(property) : 'a value';
      return { pointer: pointerTo(at, name), problem: `missing '${name}'`, expected: words, got: 'nothing' };
    }
    case 'propertyNames':
      return undefined; // The name has a separate error.
    case 'uniqueItems': {
      const items = valueAt(document, at);
      const twice = Array.isArray(items) ? items[Number(error.params.i)] : undefined;
      return { pointer: at, expected, got: `${formatValue(twice)} twice` };
    }
    default: {
      if (error.propertyName !== undefined) {
        return {
          pointer: pointerTo(at, error.propertyName),
          problem: 'invalid name',
          expected,
          got: `'${error.propertyName}'`,
        };
      }
      return { pointer: at, expected, got: formatValue(error.data) };
    }
  }
}

function isUnknownProperty(error: ErrorObject): boolean {
  return error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties';
}

function propertiesOf(error: ErrorObject): Record<string, unknown> {
  const properties = (error.parentSchema as JsonSchema | undefined)?.properties;
  return isRecord(properties) ? properties : {};
}

function unknownNameOf(error: ErrorObject): string {
  return String(error.params.additionalProperty ?? error.params.unevaluatedProperty);
}

function intended(error: ErrorObject): string | undefined {
  return nearest(unknownNameOf(error), Object.keys(propertiesOf(error)));
}

function unknownProperty(error: ErrorObject): Issue {
  const name = unknownNameOf(error);
  const schema = error.parentSchema as JsonSchema;
  const patterns = isRecord(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
  const names = Object.keys(propertiesOf(error));
  const guess = intended(error);
  const problem = `unknown property '${name}'${guess === undefined ? '' : `; did you mean '${guess}'?`}`;
  const expected =
    names.length > 0 ? `one of ${names.join(', ')}` : `a name matching ${patterns.join(' or ')}`;
  return { pointer: pointerTo(error.instancePath, name), problem, expected, got: `'${name}'` };
}

/**
 * Replaces the errors of each union by those of the branch that its discriminator (`kind`, `scale`) selects, or by a
 * single issue for the whole union.
 */
function settleUnions(errors: readonly ErrorObject[]): { rest: ErrorObject[]; decided: Issue[] } {
  const union = errors
    .filter((error) => error.keyword === 'anyOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length)[0];
  if (union === undefined) return { rest: [...errors], decided: [] };

  const inside = errors.filter((error) => error !== union && belongsTo(error, union));
  const outside = settleUnions(errors.filter((error) => error !== union && !belongsTo(error, union)));
  const branches = union.schema as readonly JsonSchema[];
  const key = discriminator(branches);
  if (key === undefined || !isRecord(union.data)) {
    const issue = {
      pointer: union.instancePath,
      expected: describeUnion(union),
      got: formatValue(union.data),
    };
    return { rest: outside.rest, decided: [...outside.decided, issue] };
  }

  const value = union.data[key];
  const chosen = branches.findIndex((branch) => tagsOf(branch, key).includes(value));
  if (chosen < 0) {
    const tags = branches.flatMap((branch) => tagsOf(branch, key));
    const guess = typeof value === 'string' ? nearest(value, tags.map(String)) : undefined;
    const issue: Issue = {
      pointer: pointerTo(union.instancePath, key),
      problem: guess === undefined ? undefined : `did you mean '${guess}'?`,
      expected: describeSchema({ enum: tags }),
      got: formatValue(value),
    };
    return { rest: outside.rest, decided: [...outside.decided, issue] };
  }
  const within = settleUnions(
    inside.filter((error) => error.schemaPath.startsWith(`${union.schemaPath}/${chosen}/`)),
  );
  return { rest: [...outside.rest, ...within.rest], decided: [...outside.decided, ...within.decided] };
}

function describeUnion(union: ErrorObject): string {
  return describeSchema({ anyOf: union.schema });
}

function belongsTo(error: ErrorObject, union: ErrorObject): boolean {
  const at = union.instancePath;
  const below = error.instancePath === at || error.instancePath.startsWith(`${at}/`);
  return below && error.schemaPath.startsWith(`${union.schemaPath}/`);
}

/** The property whose constants distinguish a union's branches. */
function discriminator(branches: readonly JsonSchema[]): string | undefined {
  const first = branches[0]?.properties;
  if (!isRecord(first)) return undefined;
  return Object.keys(first).find((key) => {
    const tags = branches.map((branch) => tagsOf(branch, key));
    return tags.every((own) => own.length > 0) && new Set(tags.flat()).size === tags.flat().length;
  });
}

function tagsOf(branch: JsonSchema, key: string): readonly unknown[] {
  const properties = branch.properties;
  const property = isRecord(properties) ? properties[key] : undefined;
  if (!isRecord(property)) return [];
  if ('const' in property) return [property.const];
  return Array.isArray(property.enum) ? property.enum : [];
}
