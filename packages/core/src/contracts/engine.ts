// The engine contract: runs tensor programs.

import type { Program, TensorData, TensorType, TensorValue } from '@gaussmark/autodiff';

export interface EnginePlugin<H = Readonly<Record<string, unknown>>> {
  /**
   * Starts an engine. In a run, `hyperparameters` are validated against the manifest and complete.
   *
   * @throws GaussmarkError if something it needs (a device, a library) is missing, with the remedy.
   */
  create(hyperparameters: H): Promise<Engine>;

  /**
   * The back ends it can use (execution providers), whether each is available here, and if not, the remedy. Shown by
   * `bench engine list`. Without it, the engine has a single back end, that of its defaults.
   */
  backends?(): Promise<readonly EngineBackend[]>;

  /**
   * Native components too large or too specific to ship with the package, by name. `bench engine install NAME` installs
   * one on request; nothing else may download or build them.
   */
  readonly installers?: Readonly<Record<string, EngineInstaller>>;
}

/** A back end of an engine. */
export type EngineBackend = {
  /** What selects it: `{ provider: 'webgpu' }`. */
  readonly hyperparameters: Readonly<Record<string, string | number | boolean>>;
  /** Whether `--engine auto` tries it; default true. False for what is never the fastest: plain JavaScript, a software GPU. */
  readonly automatic?: boolean;
} & (
  | {
      readonly available: true;
      /** Device, driver, memory, versions, as far as known without running a program. */
      readonly details: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly available: false; readonly reason: string; readonly remedy?: string }
);

export interface EngineInstaller {
  /** What it adds: `TensorFlow's own kernels, for backend=node and backend=node-gpu`. */
  readonly summary: string;
  /** What an installation would do. Has no side effects. */
  describe(request: InstallRequest): Promise<InstallDescription>;
  /**
   * Installs it and verifies the result. An existing installation stays until then.
   *
   * @throws GaussmarkError if something is missing or fails, with the remedy.
   */
  install(request: InstallRequest, options?: InstallOptions): Promise<InstallResult>;
}

export interface InstallRequest {
  /** Whether to install GPU support. */
  readonly gpu: boolean;
}

export interface InstallDescription {
  /** The installation directory. */
  readonly directory: string;
  readonly downloads: readonly InstallDownload[];
  /** Prerequisites, as a user would search for them: `python3 with venv`, `g++`. */
  readonly needs: readonly string[];
  /** What runs use already if this is not installed: `/opt/venv/lib/.../xla_cuda_plugin.so, of JAX`. Absent: nothing. */
  readonly present?: string;
}

export interface InstallDownload {
  /** `tensorflow-cpu 2.18.0`. */
  readonly name: string;
  /** `PyPI`, or a host. */
  readonly from: string;
  /** Approximately. */
  readonly bytes: number;
  /** `Apache-2.0`. */
  readonly licence?: string;
}

export interface InstallOptions {
  /** Reports the current activity, on one line: `building the addon`. */
  readonly onProgress?: (activity: string) => void;
  readonly signal?: AbortSignal;
}

export interface InstallResult {
  readonly directory: string;
  /** What is now available: `TensorFlow 2.18.0 on the CPU`. */
  readonly found: string;
}

export interface Engine {
  /** What ran, for the record: `{ engine: 'onnxruntime', version: '1.30.0', provider: 'cpu', threads: 2 }`. */
  readonly info: Readonly<Record<string, string | number | boolean>>;

  /**
   * Why the engine cannot run a program, phrased to follow its name (`has no float64`), or null if it can. Compiles
   * nothing. A run whose step is unsupported is skipped with this reason, if possible before anything starts (steps of
   * plugins given by path are traced only in their runs, which they may crash). `compile` rejects such a program with a
   * GaussmarkError that states the reason. Without this method, everything that the manifest's dtypes allow is supported.
   */
  unsupported?(program: Program): string | null;

  /** Whether programs can run in place, as {@link CompileOptions.inPlace} says. Default false. */
  readonly inPlace?: boolean;

  /** Compiles a program; caches by program and options. */
  compile(program: Program, options?: CompileOptions): Promise<Executable>;

  /** Allocates a zero-filled tensor on the engine's device. */
  allocate(type: TensorType): Buffer;

  /** Copies a value to the engine's device. */
  upload(value: TensorValue): Buffer;

  /**
   * Like `upload`, but takes ownership of the value's array and may use it as its own memory. For training sets too large
   * to hold twice. Default: `upload`.
   */
  adopt?(value: TensorValue): Buffer;

  /** The program as a standalone file (`.onnx`), if the engine has such a format. */
  export?(program: Program, options?: ExportOptions): Promise<Uint8Array>;

  /** The native operators that the program compiles to, where the engine can list them. */
  operators?(program: Program): Promise<OperatorCount>;

  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** `fused`: loops run inside the native program. `hosted`: the host drives them and times every iteration. Default `fused`. */
  readonly loops?: 'fused' | 'hosted';
  /** Called after each iteration of a hosted loop, with its wall-clock time. */
  readonly onIteration?: (loop: string, iteration: number, seconds: number) => void;
  /**
   * Inputs that a run may overwrite: the position of an output of the same type, by that of the input. A run that is given one
   * buffer as both writes the result over the input, which saves the memory and the copy. Given two buffers, it leaves the
   * input as it is. Engines without {@link Engine.inPlace} ignore this, as does a program with hosted loops.
   */
  readonly inPlace?: ReadonlyMap<number, number>;
}

/** Operators of a compiled program; those of both sides of a branch count. */
export interface OperatorCount {
  /** Outside loops. */
  readonly total: number;
  /** In the bodies and conditions of all loops, once each. */
  readonly inLoops: number;
  /** By kind, those that only move or copy values (transposes, gathers), inside loops as well. */
  readonly moving: Readonly<Record<string, number>>;
}

/** Names of a program's inputs and outputs, in order, for exported files. */
export interface ProgramNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What an exported file contains beside its program. */
export interface ExportOptions extends ProgramNames {
  /** Values of inputs, by name: they become constants of the file, which keep the name. */
  readonly values?: Readonly<Record<string, TensorValue>>;
  /** Notes by key, which readers of the file can show: `{ 'gaussmark.problem': 'mnist' }`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A tensor on an engine's device. */
export interface Buffer {
  readonly type: TensorType;
  /** The values, copied or viewed; valid until the next write. */
  read(): Promise<TensorData>;
  /** Overwrites the values. `data` must match the buffer's dtype and size. */
  write(data: TensorData): void;
  dispose(): void;
}

export interface Executable {
  readonly program: Program;
  /**
   * Runs the program. `outputs`, if given, are overwritten and returned; they must not be among `inputs`, except in place of
   * one (see {@link CompileOptions.inPlace}). With them, a call allocates nothing in JavaScript. After a failed run, the
   * values of its outputs are undefined.
   */
  run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]>;
  dispose(): Promise<void>;
}
