// The engine contract: what runs a tensor program.

import type { Program, TensorData, TensorType, TensorValue } from '@gaussmark/autodiff';

export interface EnginePlugin<H = Readonly<Record<string, unknown>>> {
  /**
   * Starts an engine. In a run, `hyperparameters` have been validated against the manifest and hold its defaults.
   *
   * @throws GaussmarkError if what it needs (a device, a library) is missing, with the remedy.
   */
  create(hyperparameters: H): Promise<Engine>;

  /**
   * The ways in which it can run (execution providers, back ends), whether each can here, and the remedy where it cannot:
   * what `bench engine list` shows. Without it, the engine runs in one way, that of its defaults.
   */
  backends?(): Promise<readonly EngineBackend[]>;

  /**
   * Native parts that are too big, or too particular, to come with the package, by name: `bench engine install NAME` puts
   * one in place on the user's word. Nothing else may download or build them.
   */
  readonly installers?: Readonly<Record<string, EngineInstaller>>;
}

/** One way in which an engine can run. */
export type EngineBackend = {
  /** What chooses it: `{ provider: 'webgpu' }`. */
  readonly hyperparameters: Readonly<Record<string, string | number | boolean>>;
} & (
  | {
      readonly available: true;
      /** Device, driver, memory, versions: as far as they are known without a program to run. */
      readonly details: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly available: false; readonly reason: string; readonly remedy?: string }
);

export interface EngineInstaller {
  /** What it adds: `TensorFlow's own kernels, for backend=node and backend=node-gpu`. */
  readonly summary: string;
  /** What an installation would do. Reads and writes nothing but what it takes to know that. */
  describe(request: InstallRequest): Promise<InstallDescription>;
  /**
   * Does it, and checks that the result works. What was there before stays until then.
   *
   * @throws GaussmarkError if something is missing or fails, with the remedy.
   */
  install(request: InstallRequest, options?: InstallOptions): Promise<InstallResult>;
}

export interface InstallRequest {
  /** Whether it is for a GPU. */
  readonly gpu: boolean;
}

export interface InstallDescription {
  /** Where everything goes. */
  readonly directory: string;
  readonly downloads: readonly InstallDownload[];
  /** What must be on the machine, as the user would look for it: `python3 with venv`, `g++`. */
  readonly needs: readonly string[];
}

export interface InstallDownload {
  /** `tensorflow-cpu 2.18.0`. */
  readonly name: string;
  /** `PyPI`, or a host. */
  readonly from: string;
  /** Approximately. */
  readonly bytes: number;
}

export interface InstallOptions {
  /** What is being done, one line each time: `building the addon`. */
  readonly onProgress?: (activity: string) => void;
  readonly signal?: AbortSignal;
}

export interface InstallResult {
  readonly directory: string;
  /** What works now: `TensorFlow 2.18.0 on the CPU`. */
  readonly found: string;
}

export interface Engine {
  /** What ran, for the record: `{ engine: 'onnxruntime', version: '1.30.0', provider: 'cpu', threads: 2 }`. */
  readonly info: Readonly<Record<string, string | number | boolean>>;

  /**
   * Why the engine cannot run a program, in words that go on after its name (`has no float64`), or null if it can. Compiles
   * nothing. A run whose step is unsupported is skipped with this reason, before anything starts where that can be told (the
   * steps of plugins given by path are traced by their runs alone, which they may end), and `compile` refuses the
   * program with a GaussmarkError that gives it. Without this, whatever the manifest's dtypes allow is supported.
   */
  unsupported?(program: Program): string | null;

  /** Compiles a program. The same program with the same options is compiled once. */
  compile(program: Program, options?: CompileOptions): Promise<Executable>;

  /** Storage on the engine's device for one tensor, zero-filled. */
  allocate(type: TensorType): Buffer;

  /** Copies a value to the engine's device. */
  upload(value: TensorValue): Buffer;

  /**
   * The same, but the engine may keep the value's array as its own memory instead of a copy: the caller gives it away. For a
   * training set, of which there is no room for two. Without it, `upload` does.
   */
  adopt?(value: TensorValue): Buffer;

  /** The program as a standalone file (`.onnx`), where the engine has such a format. */
  export?(program: Program, names?: ProgramNames): Promise<Uint8Array>;

  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** `fused`: loops run inside the native program. `hosted`: the host drives them and times every iteration. Default `fused`. */
  readonly loops?: 'fused' | 'hosted';
  /** Called after each iteration of a hosted loop. `seconds` is that iteration's wall-clock time. */
  readonly onIteration?: (loop: string, iteration: number, seconds: number) => void;
}

/** Names of a program's inputs and outputs, in order, for exported files. */
export interface ProgramNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A tensor on an engine's device. */
export interface Buffer {
  readonly type: TensorType;
  /** The values, copied or viewed; valid until the buffer is written again. */
  read(): Promise<TensorData>;
  /** Overwrites the values. `data` has the buffer's dtype and size. */
  write(data: TensorData): void;
  dispose(): void;
}

export interface Executable {
  readonly program: Program;
  /**
   * Runs the program. `outputs`, where given, are written into and returned; they may not be among `inputs`. Nothing
   * is allocated per call on the JavaScript side when they are given.
   */
  run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]>;
  dispose(): Promise<void>;
}
