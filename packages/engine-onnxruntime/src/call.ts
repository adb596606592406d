// Calls of a session on buffers: arguments checked, and prepared once for each set of buffers.

import { formatType, type Program, sameType } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import { HostBuffer } from './buffer.js';
import type { Feeds, Fetches, Session } from './session.js';

/** Sets of buffers that are remembered: ping-pong between two, times the sets of a hosted loop. */
const MAX_REMEMBERED = 16;

interface Prepared {
  readonly inputs: readonly HostBuffer[];
  readonly outputs: readonly HostBuffer[];
  readonly feeds: Feeds;
  readonly fetches: Fetches;
}

/**
 * The buffers as this engine's own, fit to run the program.
 *
 * @throws TypeError if their number or types do not fit, one is disposed, or an output is an input or another output.
 */
export function checkBuffers(
  program: Program,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
): { readonly inputs: readonly HostBuffer[]; readonly outputs: readonly HostBuffer[] } {
  const own = {
    inputs: demandTypes('input', inputs, program.inputs),
    outputs: demandTypes('output', outputs, program.outputs),
  };
  for (const [i, output] of own.outputs.entries()) {
    const input = own.inputs.indexOf(output);
    const way = 'give it a buffer of its own and exchange the two after the run';
    if (input >= 0) throw new TypeError(`output ${i} is the same buffer as input ${input}; ${way}`);
    const twin = own.outputs.indexOf(output);
    if (twin !== i)
      throw new TypeError(`output ${i} is the same buffer as output ${twin}; give each its own`);
  }
  return own;
}

function demandTypes(
  what: string,
  got: readonly Buffer[],
  expected: Program['outputs'],
): readonly HostBuffer[] {
  if (got.length !== expected.length) {
    throw new TypeError(`the program has ${expected.length} ${what}s, got ${got.length} buffers`);
  }
  return got.map((buffer, i) => {
    if (!(buffer instanceof HostBuffer)) {
      throw new TypeError(
        `${what} ${i} is not a buffer of the onnxruntime engine; use its allocate() or upload()`,
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

/** Runs a session on buffers. What it needs for a set of buffers is made once, and found again by their identity. */
export class Caller {
  /** The most recently used first. */
  private readonly remembered: Prepared[] = [];

  constructor(
    readonly program: Program,
    private readonly session: Session,
  ) {}

  /** Runs into given buffers. */
  run(inputs: readonly Buffer[], outputs: readonly Buffer[]): Promise<void> {
    const { feeds, fetches } = this.find(inputs, outputs) ?? this.remember(this.prepare(inputs, outputs));
    return this.session.run(feeds, fetches);
  }

  /** Runs into new buffers. */
  async runNew(inputs: readonly Buffer[]): Promise<readonly HostBuffer[]> {
    const outputs = this.program.outputs.map((output) => new HostBuffer(output.type));
    const { feeds, fetches } = this.prepare(inputs, outputs);
    await this.session.run(feeds, fetches);
    return outputs;
  }

  private prepare(inputs: readonly Buffer[], outputs: readonly Buffer[]): Prepared {
    const own = checkBuffers(this.program, inputs, outputs);
    return { ...own, feeds: this.session.feeds(own.inputs), fetches: this.session.fetches(own.outputs) };
  }

  private find(inputs: readonly Buffer[], outputs: readonly Buffer[]): Prepared | undefined {
    const { remembered } = this;
    for (let i = 0; i < remembered.length; i++) {
      const candidate = remembered[i]!;
      if (!sameBuffers(candidate.inputs, inputs) || !sameBuffers(candidate.outputs, outputs)) continue;
      for (let j = i; j > 0; j--) remembered[j] = remembered[j - 1]!;
      remembered[0] = candidate;
      return candidate;
    }
    return undefined;
  }

  private remember(prepared: Prepared): Prepared {
    this.remembered.unshift(prepared);
    if (this.remembered.length > MAX_REMEMBERED) this.remembered.pop();
    return prepared;
  }
}

function sameBuffers(known: readonly HostBuffer[], given: readonly Buffer[]): boolean {
  if (known.length !== given.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== given[i] || known[i]!.disposed) return false;
  return true;
}
