// Laws of the engine contract: how buffers and executables behave.

import {
  add,
  allocate,
  constant,
  type DType,
  type Program,
  sizeOf,
  type Tensor,
  type TensorData,
  type TensorValue,
  tensorValue,
  trace,
} from '@gaussmark/autodiff';
import type { Buffer, Engine } from '@gaussmark/core';
import { ALL } from './cases/dtypes.js';
import { randomValue } from './values.js';

/** A law of the engine contract; `check` throws if it is broken, with expected and got. */
export interface Law {
  readonly name: string;
  readonly dtype: DType;
  check(engine: Engine): Promise<void>;
}

/** Disposes everything a check created, even if it fails. */
class Disposables {
  readonly #free: (() => void | Promise<void>)[] = [];

  keep<T extends { dispose(): void | Promise<void> }>(resource: T): T {
    this.#free.push(() => resource.dispose());
    return resource;
  }

  async disposeAll(): Promise<void> {
    for (const free of this.#free.toReversed()) await free();
  }
}

const law = (
  name: string,
  dtype: DType,
  check: (engine: Engine, created: Disposables) => Promise<void>,
): Law => ({
  name,
  dtype,
  async check(engine) {
    const created = new Disposables();
    try {
      await check(engine, created);
    } finally {
      await created.disposeAll();
    }
  },
});

async function demandValues(what: string, buffer: Buffer, expected: TensorValue): Promise<void> {
  const data = await buffer.read();
  const fits =
    data.constructor === expected.data.constructor &&
    data.length === expected.data.length &&
    expected.data.every((value, i) => value === data[i]);
  if (!fits) {
    const show = (values: TensorData) =>
      `a ${values.constructor.name} of ${Array.from(values).slice(0, 8).join(', ')}`;
    throw new Error(`${what}: expected ${show(expected.data)}, got ${show(data)}`);
  }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

const increment = (dtype: 'float32' | 'int32') =>
  trace((x: Tensor) => add(x, 1), { dtype, shape: [3] }).program;

const vector = (...values: number[]) => tensorValue('float32', [values.length], values);

function bufferLaws(dtype: DType): Law[] {
  const [value, other] = [randomValue(dtype, [2, 3], 1), randomValue(dtype, [2, 3], 2)];
  const { type } = value;
  const zeros = { type, data: allocate(dtype, sizeOf(type.shape)) };
  return [
    law('upload copies', dtype, async (engine, created) => {
      const given = { type, data: value.data.slice() };
      const buffer = created.keep(engine.upload(given));
      given.data.set(other.data);
      await demandValues('after changing the uploaded array', buffer, value);
    }),
    law('allocate fills with zeros', dtype, async (engine, created) => {
      await demandValues('allocated', created.keep(engine.allocate(type)), zeros);
    }),
    law('write overwrites', dtype, async (engine, created) => {
      const buffer = created.keep(engine.upload(value));
      buffer.write(other.data.slice());
      await demandValues('written', buffer, other);
    }),
    law('adopt takes values as upload does', dtype, async (engine, created) => {
      if (engine.adopt === undefined) return;
      const given = { type, data: value.data.slice() };
      await demandValues('adopted', created.keep(engine.adopt(given)), value);
    }),
    law('no elements', dtype, async (engine, created) => {
      const nothing = tensorValue(dtype, [0, 3], []);
      await demandValues('uploaded', created.keep(engine.upload(nothing)), nothing);
    }),
  ];
}

const RUNNING: readonly Law[] = [
  law('run writes into given outputs, and returns them', 'float32', async (engine, created) => {
    const executable = created.keep(await engine.compile(increment('float32')));
    const input = created.keep(engine.upload(vector(1, 2, 3)));
    const output = created.keep(engine.allocate(input.type));
    const returned = await executable.run([input], [output]);
    demand(
      returned.length === 1 && returned[0] === output,
      'run returned buffers other than the given outputs',
    );
    await demandValues('the output', output, vector(2, 3, 4));
    await demandValues('the input after the run', input, vector(1, 2, 3));
  }),
  law('outputs are the inputs of the next run', 'float32', async (engine, created) => {
    const executable = created.keep(await engine.compile(increment('float32')));
    const buffers = [engine.upload(vector(0, 1, 2)), engine.allocate({ dtype: 'float32', shape: [3] })];
    for (const buffer of buffers) created.keep(buffer);
    for (let step = 0; step < 7; step++) {
      await executable.run([buffers[step % 2]!], [buffers[(step + 1) % 2]!]);
    }
    await demandValues('after seven steps', buffers[1]!, vector(7, 8, 9));
    await demandValues('before the last step', buffers[0]!, vector(6, 7, 8));
  }),
  law('new outputs are fed back', 'int32', async (engine, created) => {
    const executable = created.keep(await engine.compile(increment('int32')));
    let state = created.keep(engine.upload(tensorValue('int32', [3], [0, 1, 2])));
    for (let step = 0; step < 3; step++) state = created.keep((await executable.run([state]))[0]!);
    await demandValues('after three steps', state, tensorValue('int32', [3], [3, 4, 5]));
  }),
  law('inputs and constants pass through', 'float32', async (engine, created) => {
    const { type } = vector(1);
    const { program } = trace(
      (x: Tensor, y: Tensor) => [y, x, x, add(x, y), constant(vector(4))],
      type,
      type,
    );
    const executable = created.keep(await engine.compile(program));
    const inputs = [vector(2), vector(5)].map((value) => created.keep(engine.upload(value)));
    const outputs = (await executable.run(inputs)).map((buffer) => created.keep(buffer));
    for (const [i, expected] of [5, 2, 2, 7, 4].entries()) {
      await demandValues(`output ${i + 1}`, outputs[i]!, vector(expected));
    }
    outputs[1]!.write(vector(9).data);
    await demandValues('an input after writing to its copy', inputs[0]!, vector(2));
    await demandValues('the other copy', outputs[2]!, vector(2));
  }),
  law('a program outlives another executable of it', 'float32', async (engine, created) => {
    const program = increment('float32');
    const first = await engine.compile(program);
    const second = created.keep(await engine.compile(program));
    await first.dispose();
    const input = created.keep(engine.upload(vector(1, 2, 3)));
    const [output] = await second.run([input]);
    await demandValues('the output', created.keep(output!), vector(2, 3, 4));
  }),
  law('concurrent runs do not interfere', 'float32', async (engine, created) => {
    const executable = created.keep(await engine.compile(increment('float32')));
    const inputs = [vector(1, 2, 3), vector(10, 20, 30)].map((value) => created.keep(engine.upload(value)));
    const runs = await Promise.all(inputs.map((input) => executable.run([input])));
    for (const [output] of runs) created.keep(output!);
    await demandValues('the first', runs[0]![0]!, vector(2, 3, 4));
    await demandValues('the second', runs[1]![0]!, vector(11, 21, 31));
  }),
];

/** Laws of buffers, for every dtype, then of executables. */
export const LAWS: readonly Law[] = [...ALL.flatMap(bufferLaws), ...RUNNING];

/** The smallest program that needs a dtype: an engine that declares it unsupported is not asked for such buffers. */
export function identityProgram(dtype: DType): Program {
  return trace((x: Tensor) => x, { dtype, shape: [1] }).program;
}
