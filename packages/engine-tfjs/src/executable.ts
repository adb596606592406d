// Executables: run programs on buffers.

import type { Program } from '@gaussmark/autodiff';
import { type Buffer, demandDistinct, type Executable, ownBuffers } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { Block, Constants, type OnIteration } from './block.js';
import { TfjsBuffer } from './buffer.js';

export class TfjsExecutable implements Executable {
  readonly #constants: Constants;
  readonly #block: Block;
  #disposed = false;
  /** The last run: disposal waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly program: Program,
    private readonly backend: Backend,
    onIteration?: OnIteration,
  ) {
    this.#constants = new Constants(backend);
    this.#block = new Block(program, backend, this.#constants, onIteration);
  }

  /**
   * Runs the program; runs of one executable take turns.
   *
   * @throws TypeError if the buffers do not fit
   */
  run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    const turn = this.#last.then(() => this.#run(inputs, outputs));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    if (this.#disposed) throw new Error('an executable was run after dispose()');
    const { name } = this.backend;
    const isOwn = (buffer: Buffer): buffer is TfjsBuffer =>
      buffer instanceof TfjsBuffer && buffer.backend.name === name;
    const engine = `tfjs engine on ${name}`;
    const from = ownBuffers('input', inputs, this.program.inputs, isOwn, engine);
    const into = outputs && ownBuffers('output', outputs, this.program.outputs, isOwn, engine);
    if (into !== undefined) demandDistinct(from, into);
    this.backend.activate();
    const results = await this.#block.run(from.map(({ tensor }) => tensor));
    if (into === undefined) {
      return results.map((tensor, i) => new TfjsBuffer(this.program.outputs[i]!.type, this.backend, tensor));
    }
    for (const [i, buffer] of into.entries()) {
      if (buffer.disposed) {
        tf.dispose(results.slice(i));
        throw new TypeError(`output ${i}: the buffer was disposed during the run`);
      }
      buffer.replace(results[i]!);
    }
    return into;
  }

  async dispose(): Promise<void> {
    await this.#last;
    this.#disposed = true;
    this.#constants.dispose();
  }
}
