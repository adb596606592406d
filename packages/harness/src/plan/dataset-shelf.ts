// The datasets of a plan: each described once, and loaded once to be verified; only the facts are kept.

import { canonicalJson, type Dataset, type DatasetSpec, type Registry } from '@gaussmark/core';
import type { Choice, Surroundings } from '../cell/cell.js';

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
    const key = keyOf(choice);
    const spec =
      this.#specs.get(key) ?? (await (await this.plugin(choice)).describe(...this.request(choice)));
    this.#specs.set(key, spec);
    return spec;
  }

  /**
   * Loads a dataset and lets it go again.
   *
   * @throws GaussmarkError if a file is missing, or its checksum is wrong.
   */
  async verify(choice: Choice): Promise<DatasetFacts> {
    const key = keyOf(choice);
    const facts =
      this.#facts.get(key) ?? factsOf(await (await this.plugin(choice)).load(...this.request(choice)));
    this.#facts.set(key, facts);
    return facts;
  }

  private plugin({ name }: Choice) {
    return this.registry.load(this.registry.find('dataset', name));
  }

  private request({ hyperparameters }: Choice) {
    return [hyperparameters, { cacheDirectory: this.surroundings.cacheDirectory }] as const;
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
