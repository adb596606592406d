// The engine contract: what runs a tensor program.

import type { Program, TensorData, TensorType, TensorValue } from '@gaussmark/autodiff';

export interface EnginePlugin<H = Readonly<Record<string, unknown>>> {
  /**
   * Starts an engine.
   *
   * @throws GaussmarkError if what it needs (a device, a library) is missing, with the remedy.
   */
  create(hyperparameters: H): Promise<Engine>;
}

export interface Engine {
  /** What ran, for the record: `{ engine: 'onnxruntime', version: '1.30.0', provider: 'cpu', threads: 2 }`. */
  readonly info: Readonly<Record<string, string | number | boolean>>;

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
