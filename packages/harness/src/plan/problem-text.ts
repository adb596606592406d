// What a user calls a problem: a name, a file, either with overrides, or a dataset and a model joined by a plus sign.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  canonicalJson,
  completeHyperparameters,
  defaultsOf,
  didYouMean,
  expandGrid,
  formatSelection,
  GaussmarkError,
  type JsonValue,
  LOSSES,
  type LossName,
  losses,
  type Manifest,
  type ProblemDefinition,
  parseProblem,
  parseSelection,
  type Registry,
  type SelectedPoint,
  type Selection,
} from '@gaussmark/core';
import { findProblem, isPath } from '../builtin.js';
import type { CellProblem, Choice, Goals } from '../cell/cell.js';

/** A problem with complete hyperparameters; of a pair without a loss, the loss is the data's to choose. */
export interface ResolvedProblem extends Omit<CellProblem, 'loss'> {
  readonly loss: LossName | undefined;
  /** Its own budget, where it has one. */
  readonly epochs: number | undefined;
  readonly targets: Goals | undefined;
}

/** What overrides every problem of a plan: options of the command line, a profile's dtype. */
export type ProblemOverrides = Readonly<Partial<Pick<ProblemDefinition, 'batchSize' | 'dtype'>>>;

const KEYS = ['batchSize', 'dtype', 'loss', 'epochs', 'dataset', 'model'] as const;

/** Of a dataset and model without a problem around them. */
const PAIR_DEFAULTS = { batchSize: 100, dtype: 'float32' } as const;

/**
 * The problems a text means: several where commas join them (`boston,mnist`), or an override has several values
 * (`mnist[batchSize=100,1000]`).
 *
 * A problem's name is that of its definition with what was overridden, in one canonical form; so different problems have
 * different names. An override `model=mlp[hidden=[10]]` keeps the other hyperparameters of the problem's model if that is
 * of the same name.
 *
 * @throws GaussmarkError for an unknown problem, plugin or key, or a value out of range.
 */
export async function resolveProblems(
  text: string,
  registry: Registry,
  cwd: string,
  overrides: ProblemOverrides = {},
): Promise<ResolvedProblem[]> {
  const resolved: ResolvedProblem[] = [];
  for (const one of await joinedProblems(text, cwd)) {
    resolved.push(...(await resolveOne(one, registry, cwd, overrides)));
  }
  return resolved;
}

/** A file whose name holds a comma is one problem. */
async function joinedProblems(text: string, cwd: string): Promise<readonly string[]> {
  const parts = splitTopLevel(text, ',');
  if (parts.length === 1 || (isPath(text) && (await isFile(path.resolve(cwd, text))))) return [text];
  if (parts.includes('')) {
    throw new GaussmarkError(`cannot read the problems '${text}'`, {
      expected: 'a problem before and after each comma',
      got: `${parts.filter((part) => part !== '').length} problems and ${parts.length - 1} commas`,
    });
  }
  return parts;
}

const isFile = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;

async function resolveOne(
  text: string,
  registry: Registry,
  cwd: string,
  overrides: ProblemOverrides,
): Promise<ResolvedProblem[]> {
  const parts = splitTopLevel(text, '+');
  if (parts.length > 2) {
    throw new GaussmarkError(`cannot read the problem '${text}'`, {
      expected: "one '+', between a dataset and a model",
      got: `${parts.length - 1} of them`,
    });
  }
  if (parts.length === 2) return resolvePair(parts[0]!, parts[1]!, registry, overrides);

  const { base, selection } = splitOverrides(text);
  const definition = await findProblem(base, cwd);
  return expandGrid(selection).map((point) => {
    const given = point.hyperparameters;
    for (const key of Object.keys(given)) demandKey(key, text);
    demandNoContradiction(given, overrides, text);
    return resolveDefinition(definition, { ...overrides, ...given }, registry, text);
  });
}

function demandNoContradiction(
  given: Readonly<Record<string, JsonValue>>,
  overrides: ProblemOverrides,
  text: string,
): void {
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined || given[key] === undefined || given[key] === value) continue;
    throw new GaussmarkError(
      `${key} is given twice: ${String(given[key])} in '${text}' and ${value} as an option`,
      {
        remedy: 'leave one of them out',
      },
    );
  }
}

/** The loss of a task; there is one for each. */
export function lossFor(task: (typeof losses)[LossName]['task']): LossName {
  return LOSSES.find((name) => losses[name].task === task)!;
}

function splitOverrides(text: string): { base: string; selection: Selection } {
  const bracket = text.indexOf('[');
  const base = (bracket < 0 ? text : text.slice(0, bracket)).trim();
  // A path is no name that a selection could begin with.
  const rest = bracket < 0 ? '' : text.slice(bracket);
  const selection = isPath(base) ? parseSelection(`problem${rest}`) : parseSelection(text);
  return { base: isPath(base) ? base : selection.name, selection };
}

function demandKey(key: string, text: string): void {
  if ((KEYS as readonly string[]).includes(key)) return;
  throw new GaussmarkError(`problem '${text}': unknown key '${key}'${didYouMean(key, KEYS)}`, {
    remedy: "hyperparameters of the data or the network go inside it: 'mnist[model=mlp[hidden=[10,10]]]'",
  });
}

function resolveDefinition(
  definition: ProblemDefinition,
  given: Readonly<Record<string, JsonValue>>,
  registry: Registry,
  text: string,
): ResolvedProblem {
  const { dataset, model, ...values } = given;
  const base = {
    dataset: choose('dataset', definition.dataset, registry),
    model: choose('model', definition.model, registry),
  };
  const changed = {
    dataset:
      dataset === undefined ? base.dataset : override('dataset', definition.dataset, dataset, registry),
    model: model === undefined ? base.model : override('model', definition.model, model, registry),
  };
  const checked = parseProblem({ ...definition, ...values }, text);
  const differences: Record<string, JsonValue> = {};
  for (const key of Object.keys(values) as (keyof ProblemOverrides)[]) {
    if (checked[key] !== definition[key]) differences[key] = checked[key];
  }
  // A budget is not part of what a problem is.
  delete differences.epochs;
  for (const kind of ['dataset', 'model'] as const) {
    if (canonicalJson(asJson(changed[kind])) === canonicalJson(asJson(base[kind]))) continue;
    differences[kind] = shortText(changed[kind], registry.find(kind, changed[kind].name).manifest);
  }
  const order = Object.fromEntries(KEYS.map((key) => [key, null]));
  return {
    name: formatSelection({ name: definition.name, hyperparameters: differences }, order),
    ...(definition.title === undefined || Object.keys(differences).length > 0
      ? {}
      : { title: definition.title }),
    ...changed,
    loss: checked.loss,
    batchSize: checked.batchSize,
    dtype: checked.dtype,
    epochs: checked.epochs,
    targets: checked.targets,
  };
}

function resolvePair(
  datasetText: string,
  modelText: string,
  registry: Registry,
  overrides: ProblemOverrides,
): ResolvedProblem[] {
  const datasets = expandGrid(parseSelection(datasetText)).map((point) => choose('dataset', point, registry));
  const models = expandGrid(parseSelection(modelText)).map((point) => choose('model', point, registry));
  return datasets.flatMap((dataset) =>
    models.map((model): ResolvedProblem => {
      const names = [
        shortText(dataset, registry.find('dataset', dataset.name).manifest),
        shortText(model, registry.find('model', model.name).manifest),
      ];
      const parts = Object.entries(overrides).filter(
        ([key, value]) => value !== PAIR_DEFAULTS[key as keyof ProblemOverrides],
      );
      const suffix =
        parts.length === 0 ? '' : `[${parts.map(([key, value]) => `${key}=${value}`).join(',')}]`;
      return {
        name: `${names.join('+')}${suffix}`,
        dataset,
        model,
        loss: undefined,
        ...PAIR_DEFAULTS,
        ...overrides,
        epochs: undefined,
        targets: undefined,
      };
    }),
  );
}

/**
 * A plugin with complete hyperparameters.
 *
 * @throws GaussmarkError if it is unknown, or a value is wrong.
 */
function choose(
  kind: 'dataset' | 'model',
  {
    name,
    hyperparameters = {},
  }: { readonly name: string; readonly hyperparameters?: SelectedPoint['hyperparameters'] },
  registry: Registry,
): Choice {
  const { manifest } = registry.find(kind, name);
  return { name, hyperparameters: completeHyperparameters(manifest, hyperparameters) };
}

function override(
  kind: 'dataset' | 'model',
  base: ProblemDefinition['dataset'],
  value: JsonValue,
  registry: Registry,
): Choice {
  if (typeof value !== 'string') {
    throw new GaussmarkError(`cannot read the ${kind} of a problem`, {
      expected: `a ${kind} such as ${base.name}[...]`,
      got: JSON.stringify(value),
    });
  }
  const points = expandGrid(parseSelection(value));
  if (points.length !== 1) {
    throw new GaussmarkError(`the ${kind} '${value}' of a problem is ${points.length} at once`, {
      expected: 'one value for every hyperparameter',
      remedy: `give several: ${kind}=${base.name}[...],${base.name}[...]`,
    });
  }
  const point = points[0]!;
  const kept = point.name === base.name ? base.hyperparameters : {};
  return choose(kind, { name: point.name, hyperparameters: { ...kept, ...point.hyperparameters } }, registry);
}

function shortText(choice: Choice, manifest: Manifest): string {
  return formatSelection(choice, defaultsOf(manifest));
}

function asJson({ name, hyperparameters }: Choice): JsonValue {
  return [name, { ...hyperparameters }];
}

/** Splits at a separator that stands outside brackets and quotes. */
export function splitTopLevel(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  let quote = '';
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push('');
      continue;
    }
    parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
