// The dataset contract: typed train and test splits, where they came from, and proof of it.

import type { Shape } from '@gaussmark/autodiff';

export type Task = 'regression' | 'classification';

/** What a model needs to know of the data. */
export interface DatasetSpec {
  readonly task: Task;
  readonly input: {
    /** Shape of one example's input, without the batch axis: `[13]`, `[1, 28, 28]` (channels first), `[64]` tokens. */
    readonly shape: Shape;
    /**
     * Where inputs are int32 tokens, how many there are: every input is in 0 ... vocabulary - 1. Without it, inputs are
     * floats.
     */
    readonly vocabulary?: number;
  };
  /**
   * Regression: shape of one target (`[1]`). Classification: shape of one example's int32 class indices, `[]` for one
   * label, `[T]` for one per position of a sequence. Logits are then (M, ...target.shape, classes).
   */
  readonly target: { readonly shape: Shape };
  /** Classification: number of classes. */
  readonly classes?: number;
  /** Classification: what the classes are called, by index, where they have names. */
  readonly classNames?: readonly string[];
}

export interface DatasetPlugin<H = Readonly<Record<string, unknown>>> {
  /** The shapes, without loading more than it takes to know them. */
  describe(hyperparameters: H, context: DatasetContext): Promise<DatasetSpec>;
  /**
   * Loads and verifies the data.
   *
   * @throws GaussmarkError if a file is missing or its checksum is wrong, with how to get it.
   */
  load(hyperparameters: H, context: DatasetContext): Promise<Dataset>;
}

export interface DatasetContext {
  /** Where downloaded or generated files may be kept between runs. */
  readonly cacheDirectory: string;
}

export interface Dataset {
  readonly spec: DatasetSpec;
  readonly train: Split;
  readonly test: Split;
  readonly provenance: Provenance;
}

/** Row-major examples. */
export interface Split {
  readonly size: number;
  /**
   * (size, ...input.shape): int32 tokens where the spec has a vocabulary, else floats, in float64 where the source has them.
   * The harness casts floats to the run's dtype, and takes the array over without a copy if it has that dtype already.
   */
  readonly inputs: Float64Array | Float32Array | Int32Array;
  /** (size, ...target.shape): floats, or int32 class indices. */
  readonly targets: Float64Array | Float32Array | Int32Array;
}

export interface Provenance {
  /** What was read: a package and version, a file's path, or 'generated'. */
  readonly source: string;
  readonly license: string;
  /** sha256 of the uncompressed bytes by file name; for generated data, of the values. */
  readonly checksums: Readonly<Record<string, string>>;
}
