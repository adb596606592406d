// The datasets of a plan: each described once, and loaded once to be verified; only the facts are kept.

import path from 'node:path';
import { sizeOf } from '@gaussmark/autodiff';
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
  TASKS,
  validator,
} from '@gaussmark/core';
import { callPlugin, loadPlugin } from '@gaussmark/worker';
import type { Locations } from '../cell/cell.js';
import { strataOf } from '../cell/validation-split.js';

/** What a report says of a dataset. */
export interface DatasetFacts {
  readonly source: string;
  readonly license: string;
  readonly checksums: Record<string, string>;
  readonly trainSize: number;
  readonly testSize: number;
  readonly task: DatasetSpec['task'];
  readonly classNames?: string[];
}

export class DatasetShelf {
  readonly #specs = new Map<string, DatasetSpec>();
  readonly #facts = new Map<string, DatasetFacts>();
  readonly #largest = new Map<string, number>();
  readonly #classes = new Map<string, number>();

  constructor(
    private readonly registry: Registry,
    private readonly locations: Pick<Locations, 'cacheDirectory'>,
  ) {}

  /** The shapes of a dataset, without loading more than it takes. */
  async describe(choice: Choice): Promise<DatasetSpec> {
    const known = this.#specs.get(keyOf(choice));
    if (known !== undefined) return known;
    const spec = await this.ask(choice, async (plugin, context) =>
      soundSpec(choice.name, await plugin.describe(choice.hyperparameters, context)),
    );
    this.#specs.set(keyOf(choice), spec);
    return spec;
  }

  /**
   * Loads a dataset and lets it go again.
   *
   * @throws GaussmarkError if a file is missing, or its checksum is wrong.
   */
  async verify(choice: Choice): Promise<DatasetFacts> {
    const known = this.#facts.get(keyOf(choice));
    if (known !== undefined) return known;
    // What is read of it runs its code as well, where it has getters.
    const facts = await this.ask(choice, async (plugin, context) => {
      const data = await plugin.load(choice.hyperparameters, context);
      this.#largest.set(keyOf(choice), demandSound(choice.name, data));
      this.#classes.set(keyOf(choice), new Set(strataOf(data.train, data.spec)).size);
      return factsOf(data, this.locations.cacheDirectory);
    });
    this.#facts.set(keyOf(choice), facts);
    return facts;
  }

  /** The largest absolute value of a dataset that was verified. */
  largestOf(choice: Choice): number {
    return this.#largest.get(keyOf(choice)) ?? 0;
  }

  /** How many classes the training split of a dataset that was verified has; 0 where its examples have no one class. */
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

/** A spec as plain data. @throws GaussmarkError that names the plugin, if it is none. */
function soundSpec(name: string, given: DatasetSpec): DatasetSpec {
  const spec = JSON.parse(JSON.stringify(given) ?? 'null') as DatasetSpec;
  const issues = specIssues(spec);
  if (issues.length === 0) return spec;
  throw new GaussmarkError(`dataset '${name}' describes something that is no dataset`, {
    plugin: `dataset '${name}'`,
    issues,
  });
}

/**
 * @returns the largest absolute value
 * @throws GaussmarkError that names the plugin, if it loaded something that is no dataset.
 */
function demandSound(name: string, { spec, train, test, provenance }: Dataset): number {
  const fail = (what: string, expected: string, got: unknown) => {
    throw new GaussmarkError(`dataset '${name}' loaded something that is no dataset: ${what}`, {
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
      fail(`${part}.size`, 'a whole number of examples, at least 1', split?.size);
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

/** The largest absolute value; NaN if there is one. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    // A comparison with NaN is false. MNIST has 55 million values: what is rare is asked in the branch that is.
    if (!(size <= largest)) {
      if (Number.isNaN(size)) return size;
      largest = size;
    }
  }
  return largest;
}

/** A report names the classes of a dataset up to this many. */
const MOST_CLASS_NAMES = 100;

function factsOf({ spec, train, test, provenance }: Dataset, cacheDirectory: string): DatasetFacts {
  const { license, checksums } = provenance;
  // Where the cache is differs between machines, and is nobody's business.
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
