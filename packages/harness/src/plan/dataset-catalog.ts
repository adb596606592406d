// The datasets of a plan: each is described once and loaded once for verification; only facts are kept.

import path from 'node:path';
import { sizeOf } from '@gaussmark/autodiff';
import { type Locations, strataOf } from '@gaussmark/cell';
import {
  type Choice,
  canonicalJson,
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  type DatasetSpec,
  defined,
  GaussmarkError,
  type Registry,
  type Residual,
  TASKS,
  validator,
} from '@gaussmark/core';
import { callPlugin, loadPlugin } from '@gaussmark/worker';

/** A dataset in a report. */
export interface DatasetFacts {
  readonly source: string;
  readonly license: string;
  readonly checksums: Record<string, string>;
  readonly trainSize: number;
  readonly testSize: number;
  readonly task: DatasetSpec['task'];
  readonly classNames?: string[];
}

export class DatasetCatalog {
  readonly #specs = new Map<string, DatasetSpec>();
  readonly #facts = new Map<string, DatasetFacts>();
  readonly #largest = new Map<string, number>();
  readonly #classes = new Map<string, number>();

  constructor(
    private readonly registry: Registry,
    private readonly locations: Pick<Locations, 'cacheDirectory'>,
  ) {}

  /** The shapes of a dataset, loading no more than necessary. */
  async describe(choice: Choice): Promise<DatasetSpec> {
    const known = this.#specs.get(keyOf(choice));
    if (known !== undefined) return known;
    const spec = await this.ask(choice, async (plugin, context) =>
      soundSpec(choice.name, await plugin.describe(choice.hyperparameters, context)),
    );
    this.#specs.set(keyOf(choice), spec);
    return spec;
  }

  /** How the network enters the loss, if the dataset says so. */
  async residual(choice: Choice): Promise<Residual | undefined> {
    return this.ask(choice, async (plugin) => plugin.residual?.(choice.hyperparameters));
  }

  /**
   * Loads a dataset, checks it and releases it.
   *
   * @throws GaussmarkError if a file is missing or its checksum wrong, or the plugin returns an invalid dataset
   */
  async verify(choice: Choice): Promise<DatasetFacts> {
    const known = this.#facts.get(keyOf(choice));
    if (known !== undefined) return known;
    // Reading the dataset may run plugin code too: getters.
    const facts = await this.ask(choice, async (plugin, context) => {
      const data = await plugin.load(choice.hyperparameters, context);
      this.#largest.set(keyOf(choice), demandSound(choice.name, data));
      this.#classes.set(keyOf(choice), new Set(strataOf(data.train, data.spec)).size);
      return factsOf(data, this.locations.cacheDirectory);
    });
    this.#facts.set(keyOf(choice), facts);
    return facts;
  }

  /** The largest absolute value of a verified dataset. */
  largestOf(choice: Choice): number {
    return this.#largest.get(keyOf(choice)) ?? 0;
  }

  /** The number of classes in the training split of a verified dataset; 0 if examples have no single class. */
  classesOf(choice: Choice): number {
    return this.#classes.get(keyOf(choice)) ?? 0;
  }

  private async ask<T>(
    { name }: Choice,
    question: (plugin: DatasetPlugin, context: DatasetContext) => Promise<T>,
  ): Promise<T> {
    const plugin = await loadPlugin(this.registry, this.registry.find('dataset', name));
    const { cacheDirectory } = this.locations;
    return callPlugin('dataset', name, () => question(plugin, { cacheDirectory }));
  }
}

function keyOf({ name, hyperparameters }: Choice): string {
  return canonicalJson([name, { ...hyperparameters }]);
}

const SIZES = { type: 'array', items: { type: 'integer', minimum: 1 } } as const;

const specIssues = validator({
  type: 'object',
  properties: {
    task: { enum: TASKS },
    input: {
      type: 'object',
      properties: { shape: SIZES, vocabulary: { type: 'integer', minimum: 1 } },
      required: ['shape'],
    },
    target: { type: 'object', properties: { shape: SIZES }, required: ['shape'] },
    classes: { type: 'integer', minimum: 1 },
    classNames: { type: 'array', items: { type: 'string' } },
  },
  required: ['task', 'input', 'target'],
});

/** A spec as plain data. @throws GaussmarkError that names the plugin if it is invalid */
function soundSpec(name: string, given: DatasetSpec): DatasetSpec {
  const spec = JSON.parse(JSON.stringify(given) ?? 'null') as DatasetSpec;
  const issues = specIssues(spec);
  if (issues.length === 0) return spec;
  throw new GaussmarkError(`dataset '${name}' describes an invalid dataset`, {
    plugin: `dataset '${name}'`,
    issues,
  });
}

/**
 * @returns the largest absolute value
 * @throws GaussmarkError that names the plugin if the dataset is invalid
 */
function demandSound(name: string, { spec, train, test, provenance }: Dataset): number {
  const fail = (what: string, expected: string, got: unknown) => {
    throw new GaussmarkError(`dataset '${name}' loaded an invalid dataset: ${what}`, {
      plugin: `dataset '${name}'`,
      expected,
      got: typeof got === 'string' ? `the text '${got}'` : String(got),
    });
  };
  for (const key of ['source', 'license'] as const) {
    const value: unknown = provenance?.[key];
    if (typeof value !== 'string' || value === '') fail(`provenance.${key}`, 'a text', value);
  }
  if (typeof provenance.checksums !== 'object' || provenance.checksums === null) {
    fail('provenance.checksums', 'a record of sha256 by file name', provenance.checksums);
  }
  let largest = 0;
  for (const [part, split] of Object.entries({ train, test })) {
    if (!Number.isInteger(split?.size) || split.size < 1)
      fail(`${part}.size`, 'an integer of at least 1', split?.size);
    const expected = {
      inputs: split.size * sizeOf(spec.input.shape),
      targets: split.size * sizeOf(spec.target.shape),
    };
    for (const key of ['inputs', 'targets'] as const) {
      if (split[key]?.length !== expected[key])
        fail(`${part}.${key}`, `${expected[key]} values`, split[key]?.length);
      const most = largestOf(split[key]);
      if (!Number.isFinite(most)) fail(`${part}.${key}`, 'finite numbers', most);
      largest = Math.max(largest, most);
    }
    const limits = { inputs: spec.input.vocabulary, targets: spec.classes };
    for (const key of ['inputs', 'targets'] as const) {
      const limit = limits[key];
      if (limit === undefined) continue;
      const expected = `an Int32Array of values from 0 to ${limit - 1}`;
      const values = split[key];
      if (!(values instanceof Int32Array)) fail(`${part}.${key}`, expected, values.constructor.name);
      const wrong = values.find((value) => value < 0 || value >= limit);
      if (wrong !== undefined) fail(`${part}.${key}`, expected, wrong);
    }
  }
  return largest;
}

/** The largest absolute value, or NaN if any value is NaN. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    // Comparisons with NaN are false. MNIST has 55 million values: keep the common path to one comparison.
    if (!(size <= largest)) {
      if (Number.isNaN(size)) return size;
      largest = size;
    }
  }
  return largest;
}

/** The most classes that a report names. */
const MOST_CLASS_NAMES = 100;

function factsOf({ spec, train, test, provenance }: Dataset, cacheDirectory: string): DatasetFacts {
  const { license, checksums } = provenance;
  // The cache's place is private and differs between machines.
  const source = provenance.source.replaceAll(`${cacheDirectory}${path.sep}`, `cache${path.sep}`);
  const sizes = { trainSize: train.size, testSize: test.size };
  const { task, classNames } = spec;
  const named = classNames !== undefined && classNames.length <= MOST_CLASS_NAMES;
  return {
    source,
    license,
    checksums: { ...checksums },
    ...sizes,
    task,
    ...defined({ classNames: named ? [...classNames] : undefined }),
  };
}
