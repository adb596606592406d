// Executables: programs on buffers.

import { formatType, type Program, sameType } from '@gaussmark/autodiff';
import type { Buffer, Executable } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { Block, Constants, type OnIteration } from './block.js';
import { TfjsBuffer } from './buffer.js';

export class TfjsExecutable implements Executable {
  readonly #constants: Constants;
  readonly #block: Block;
  #disposed = false;
  /** Runs that have not ended: what they use is disposed after them. */
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
    if (this.#disposed) throw new Error('an executable was run after its dispose()');
    const from = demandTypes('input', inputs, this.program.inputs, this.backend);
    const into = outputs && demandTypes('output', outputs, this.program.outputs, this.backend);
    if (into !== undefined) demandApart(from, into);
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

function demandTypes(
  what: string,
  got: readonly Buffer[],
  expected: Program['outputs'],
  backend: Backend,
): readonly TfjsBuffer[] {
  if (got.length !== expected.length)
    throw new TypeError(`the program has ${expected.length} ${what}s, got ${got.length} buffers`);
  return got.map((buffer, i) => {
    if (!(buffer instanceof TfjsBuffer) || buffer.backend.name !== backend.name) {
      throw new TypeError(
        `${what} ${i} is not a buffer of the tfjs engine on ${backend.name}; use its allocate() or upload()`,
      );
    }
    const { type } = expected[i]!;
    if (!sameType(buffer.type, type)) {
      throw new TypeError(
        `${what} ${i}: expected a ${formatType(type)} buffer, got ${formatType(buffer.type)}`,
      );
    }
    if (buffer.disposed) throw new TypeError(`${what} ${i}: the ${formatType(type)} buffer is disposed`);
    return buffer;
  });
}

function demandApart(inputs: readonly TfjsBuffer[], outputs: readonly TfjsBuffer[]): void {
  for (const [i, output] of outputs.entries()) {
    const input = inputs.indexOf(output);
    if (input >= 0) {
      throw new TypeError(
        `output ${i} is the same buffer as input ${input}; give it a buffer of its own and exchange the two after the run`,
      );
    }
    const twin = outputs.indexOf(output);
    if (twin !== i)
      throw new TypeError(`output ${i} is the same buffer as output ${twin}; give each its own`);
  }
}
