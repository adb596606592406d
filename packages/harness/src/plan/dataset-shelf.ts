// The datasets of a plan: each described once, and loaded once to be verified; only the facts are kept.

import {
  canonicalJson,
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  type DatasetSpec,
  type Registry,
} from '@gaussmark/core';
import type { Choice, Surroundings } from '../cell/cell.js';
import { callPlugin } from './plugin-call.js';

/** What a report says of a dataset. */
export interface DatasetFacts {
  readonly source: string;
  readonly license: string;
  readonly checksums: Record<string, string>;
  readonly trainSize: number;
  readonly testSize: number;
  readonly task: DatasetSpec['task'];
}

export class DatasetShelf {
  readonly #specs = new Map<string, DatasetSpec>();
  readonly #facts = new Map<string, DatasetFacts>();

  constructor(
    private readonly registry: Registry,
    private readonly surroundings: Pick<Surroundings, 'cacheDirectory'>,
  ) {}

  /** The shapes of a dataset, without loading more than it takes. */
  async describe(choice: Choice): Promise<DatasetSpec> {
    const known = this.#specs.get(keyOf(choice));
    if (known !== undefined) return known;
    const spec = await this.ask(choice, (plugin, context) =>
      plugin.describe(choice.hyperparameters, context),
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
    const data = await this.ask(choice, (plugin, context) => plugin.load(choice.hyperparameters, context));
    const facts = factsOf(data);
    this.#facts.set(keyOf(choice), facts);
    return facts;
  }

  private async ask<T>(
    { name }: Choice,
    question: (plugin: DatasetPlugin, context: DatasetContext) => Promise<T>,
  ): Promise<T> {
    const plugin = await this.registry.load(this.registry.find('dataset', name));
    const { cacheDirectory } = this.surroundings;
    return callPlugin('dataset', name, () => question(plugin, { cacheDirectory }));
  }
}

function keyOf({ name, hyperparameters }: Choice): string {
  return canonicalJson([name, { ...hyperparameters }]);
}

function factsOf({ spec, train, test, provenance }: Dataset): DatasetFacts {
  const { source, license, checksums } = provenance;
  const sizes = { trainSize: train.size, testSize: test.size };
  return { source, license, checksums: { ...checksums }, ...sizes, task: spec.task };
}
