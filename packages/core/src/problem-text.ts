// Resolves problems as the user names them: by name or file, with overrides, or as a dataset and a model joined by a plus sign.

import type { FloatDType } from '@gaussmark/autodiff';
import { losses } from '@gaussmark/problem';
import { defined } from './defined.js';
import { didYouMean, GaussmarkError } from './errors.js';
import { completeHyperparameters, defaultsOf } from './hyperparameters.js';
import { canonicalJson, type JsonValue } from './json.js';
import type { Choice } from './plugin-choice.js';
import { formatPath, type ProblemReference, readProblems } from './problem-grammar.js';
import { parseProblem } from './problems.js';
import type { ProblemDefinition } from './problems-schema.js';
import type { Goals } from './quantities.js';
import type { Registry } from './registry.js';
import { demandFewRuns } from './selected-points.js';
import {
  expandGrid,
  formatSelection,
  parseSelection,
  type SelectedPoint,
  type Selection,
} from './selection.js';
import { LOSSES, type LossName, type TrainLossMean } from './vocabulary.js';

/** A problem with complete hyperparameters. */
export interface ResolvedProblem extends Pick<ProblemDefinition, 'name' | 'title' | 'batchSize'> {
  /** The declared name of an unchanged problem from a file; `name` is then the path. */
  readonly definition?: string;
  readonly dataset: Choice;
  readonly model: Choice;
  /** Undefined for a pair of a dataset and a model, whose loss depends on the data. */
  readonly loss: LossName | undefined;
  readonly dtype: FloatDType;
  readonly trainLossMean: TrainLossMean;
  /** The problem's own budget, if any. */
  readonly epochs: number | undefined;
  readonly targets: Goals | undefined;
}

/** Finds problem definitions: by name, or in files relative to `cwd`. */
export interface ProblemDefinitions {
  readonly cwd: string;
  /** The names of all known problems. */
  named(): Promise<readonly ProblemDefinition[]>;
  /** @throws GaussmarkError if there is none, or its file is damaged or missing. */
  find(text: string, isFile: boolean): Promise<ProblemDefinition>;
}

/** Overrides for every problem in a plan: options of the command line, a profile's dtype. */
export type ProblemOverrides = Readonly<Partial<Pick<ProblemDefinition, 'batchSize' | 'dtype'>>>;

const KEYS = ['batchSize', 'dtype', 'loss', 'trainLossMean', 'epochs', 'dataset', 'model'] as const;

/** The keys allowed for a pair: its loss depends on the data. */
const PAIR_KEYS = ['batchSize', 'dtype', 'epochs'] as const;

/** Defaults for a pair of a dataset and a model. */
const PAIR_DEFAULTS = { batchSize: 100, dtype: 'float32' } as const;

/**
 * The problems in a text: several if separated by commas (`boston,mnist`), or if an override has several values
 * (`mnist[batchSize=100,1000]`).
 *
 * A problem's name is its definition's name or its file's path, with the overrides in canonical form. So different problems have
 * different names, and each name reads back as its problem. An override `model=mlp[hidden=[10]]` keeps the other hyperparameters of
 * the problem's model if that has the same name.
 *
 * @throws GaussmarkError for an unknown problem, plugin or key, or a value out of range.
 * @internal
 */
export async function resolveProblems(
  text: string,
  registry: Registry,
  definitions: ProblemDefinitions,
  overrides: ProblemOverrides = {},
): Promise<ResolvedProblem[]> {
  const resolved: ResolvedProblem[] = [];
  for (const reference of await readProblems(text, definitions.cwd)) {
    resolved.push(...(await resolveOne(reference, registry, definitions, overrides)));
  }
  return resolved;
}

async function resolveOne(
  reference: ProblemReference,
  registry: Registry,
  definitions: ProblemDefinitions,
  overrides: ProblemOverrides,
): Promise<ResolvedProblem[]> {
  const { text, changes } = reference;
  await demandPair(reference, registry, definitions);
  const points = expandGrid({ name: 'problem', grid: changes }).map(({ hyperparameters }) => hyperparameters);
  for (const given of points) {
    for (const key of Object.keys(given)) demandKey(key, reference);
    demandNoContradiction(given, overrides, text);
  }
  if (reference.kind === 'pair') {
    return points.flatMap((given) => resolvePair(reference, { ...overrides, ...given }, registry));
  }
  const isFile = reference.kind === 'file';
  const definition = await definitions.find(reference.base, isFile);
  const called = isFile ? formatPath(reference.base, definitions.cwd) : definition.name;
  return points.map((given) =>
    resolveDefinition({ definition, called, text }, { ...overrides, ...given }, registry),
  );
}

/** Whether the definition of the training loss still applies, or the problem has been changed. */
const isAsDefined = (
  definition: ProblemDefinition,
  checked: Pick<ProblemDefinition, 'batchSize' | 'loss'>,
  differences: Readonly<Record<string, JsonValue>>,
): boolean =>
  checked.batchSize === definition.batchSize &&
  checked.loss === definition.loss &&
  differences.dataset === undefined &&
  differences.model === undefined;

function demandNoContradiction(
  given: Readonly<Record<string, JsonValue>>,
  overrides: ProblemOverrides,
  text: string,
): void {
  for (const [key, value] of Object.entries(overrides)) {
    if (value === undefined || given[key] === undefined || given[key] === value) continue;
    throw new GaussmarkError(`${key} is set twice`, {
      expected: 'one value',
      got: `${String(given[key])} in '${text}' and ${value} as an option`,
      remedy: 'remove one of them',
    });
  }
}

/**
 * The loss for a task; each task has one.
 *
 * @example
 * lossFor('regression'); // = 'squaredError'
 */
export function lossFor(task: (typeof losses)[LossName]['task']): LossName {
  return LOSSES.find((name) => losses[name].task === task)!;
}

/** @throws GaussmarkError for a dataset or a model alone, which is only half a problem. */
async function demandPair(
  reference: ProblemReference,
  registry: Registry,
  definitions: ProblemDefinitions,
): Promise<void> {
  if (reference.kind !== 'name') return;
  const { base, text } = reference;
  const isProblem = (await definitions.named()).some(({ name }) => name === base);
  const kind = (['dataset', 'model'] as const).find((kind) =>
    registry.list(kind).some(({ manifest }) => manifest.name === base),
  );
  if (isProblem || kind === undefined) return;
  throw new GaussmarkError(`problem '${text}': ${base} is a ${kind}; a problem needs a dataset and a model`, {
    expected: "a dataset and a model joined by '+'",
    remedy:
      kind === 'dataset'
        ? `add a model: '${text}+mlp[hidden=[64]]'`
        : `put a dataset before it: 'csv[path=houses.csv,task=regression,target=price]+${text}'`,
  });
}

function demandKey(key: string, { kind, text }: ProblemReference): void {
  const known: readonly string[] = kind === 'pair' ? PAIR_KEYS : KEYS;
  if (known.includes(key)) return;
  throw new GaussmarkError(`problem '${text}': unknown key '${key}'${didYouMean(key, known)}`, {
    remedy: "put hyperparameters of the dataset or the model inside it: 'mnist[model=mlp[hidden=[10,10]]]'",
  });
}

/** A definition with the selection and the text that refer to it. */
interface Called {
  readonly definition: ProblemDefinition;
  readonly called: string;
  readonly text: string;
}

function resolveDefinition(
  { definition, called, text }: Called,
  given: Readonly<Record<string, JsonValue>>,
  registry: Registry,
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
    const value = checked[key];
    if (value !== undefined && value !== definition[key]) differences[key] = value;
  }
  // The budget is not part of a problem's identity.
  delete differences.epochs;
  for (const kind of ['dataset', 'model'] as const) {
    if (canonicalJson(asJson(changed[kind])) === canonicalJson(asJson(base[kind]))) continue;
    // On reading back, values not named keep the problem's settings for its own plugins, and the defaults for others.
    const kept =
      changed[kind].name === base[kind].name
        ? base[kind].hyperparameters
        : defaultsOf(registry.find(kind, changed[kind].name).manifest);
    differences[kind] = formatSelection(changed[kind], kept);
  }
  const ownMean = isAsDefined(definition, checked, differences) ? definition.trainLossMean : undefined;
  const usualMean = ownMean ?? 'examples';
  const trainLossMean = values.trainLossMean === undefined ? usualMean : checked.trainLossMean!;
  delete differences.trainLossMean;
  if (trainLossMean !== usualMean) differences.trainLossMean = trainLossMean;
  const order = Object.fromEntries(KEYS.map((key) => [key, null]));
  const isUnchanged = Object.keys(differences).length === 0;
  return {
    name: formatSelection({ name: called, hyperparameters: differences }, order),
    ...defined({
      title: isUnchanged ? definition.title : undefined,
      definition: isUnchanged && called !== definition.name ? definition.name : undefined,
    }),
    ...changed,
    loss: checked.loss,
    batchSize: checked.batchSize,
    dtype: checked.dtype,
    trainLossMean,
    epochs: checked.epochs,
    targets: checked.targets,
  };
}

function resolvePair(
  { dataset, model, text }: ProblemReference & { readonly kind: 'pair' },
  given: Readonly<Record<string, JsonValue>>,
  registry: Registry,
): ResolvedProblem[] {
  const chosen = (kind: 'dataset' | 'model', selection: Selection) =>
    expandGrid(selection).map((point) => choose(kind, point, registry));
  const settings = pairSettings(given, text);
  const [datasets, models] = [chosen('dataset', dataset), chosen('model', model)];
  demandFewRuns({ datasets: datasets.length, models: models.length });
  return datasets.flatMap((data) =>
    models.map((network): ResolvedProblem => {
      const { epochs, ...rest } = settings;
      return {
        ...pairNames(data, network, rest, registry),
        dataset: data,
        model: network,
        loss: undefined,
        ...rest,
        trainLossMean: 'examples',
        epochs,
        targets: undefined,
      };
    }),
  );
}

type PairSettings = Pick<ResolvedProblem, 'batchSize' | 'dtype' | 'epochs'>;

/** Validated like those of a problem. */
function pairSettings(given: Readonly<Record<string, JsonValue>>, text: string): PairSettings {
  const pair = { name: 'pair', dataset: { name: 'data' }, model: { name: 'network' }, loss: LOSSES[0] };
  const { batchSize, dtype, epochs } = parseProblem({ ...pair, ...PAIR_DEFAULTS, ...defined(given) }, text);
  return { batchSize, dtype, epochs };
}

/**
 * `sine[frequency=3]+mlp[][batchSize=50]`: empty brackets keep those of the pair from becoming the model's. Then the title is
 * `sine[frequency=3]+mlp, batchSize=50`.
 */
function pairNames(
  dataset: Choice,
  model: Choice,
  settings: Pick<PairSettings, 'batchSize' | 'dtype'>,
  registry: Registry,
): Pick<ResolvedProblem, 'name' | 'title'> {
  const name = (['dataset', 'model'] as const)
    .map((kind) => {
      const choice = kind === 'dataset' ? dataset : model;
      return formatSelection(choice, defaultsOf(registry.find(kind, choice.name).manifest));
    })
    .join('+');
  const changes = formatSelection({ name: '', hyperparameters: settings }, PAIR_DEFAULTS);
  if (changes === '' || name.endsWith(']')) return { name: `${name}${changes}` };
  return { name: `${name}[]${changes}`, title: `${name}, ${changes.slice(1, -1).replaceAll(',', ', ')}` };
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
    throw new GaussmarkError(`invalid ${kind} in a problem`, {
      expected: `a ${kind} such as ${base.name}[...]`,
      got: JSON.stringify(value),
    });
  }
  const points = expandGrid(parseSelection(value));
  if (points.length !== 1) {
    throw new GaussmarkError(`the ${kind} '${value}' in a problem stands for ${points.length} variants`, {
      expected: 'one value for every hyperparameter',
      remedy: `list several: ${kind}=${base.name}[...],${base.name}[...]`,
    });
  }
  const point = points[0]!;
  const kept = point.name === base.name ? base.hyperparameters : {};
  return choose(kind, { name: point.name, hyperparameters: { ...kept, ...point.hyperparameters } }, registry);
}

function asJson({ name, hyperparameters }: Choice): JsonValue {
  return [name, { ...hyperparameters }];
}
