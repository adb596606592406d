// Memory: the number of tensors stays constant over steps, even if one fails.

import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { BACKENDS, createEngine, tensorCount, type } from './support.js';

/** A step of an invented optimizer: a gradient, a loop that captures residuals, a branch; parameters in and out. */
function step() {
  return trace(
    (w: Tensor, x: Tensor, y: Tensor) => {
      const loss = (w: Tensor) => ad.mean(ad.square(ad.sub(ad.tanh(ad.matmul(x, w)), y)));
      const { value, grad } = ad.valueAndGrad(loss)(w);
      const { v } = ad.whileLoop(
        ({ k, v }) => ad.and(ad.less(k, 4), ad.less(1e-9, ad.sum(ad.square(v)))),
        ({ k, v }) => ({ k: ad.add(k, 1), v: ad.mul(ad.add(v, ad.mul(grad, 0.5)), 0.9) }),
        { k: ad.scalar(0, 'int32'), v: grad },
        { name: 'inner' },
      );
      const update = ad.cond(
        ad.less(value, 0.1),
        () => ad.mul(v, 0.1),
        () => v,
      );
      return [ad.sub(w, update), value];
    },
    type('float32', 3, 2),
    type('float32', 8, 3),
    type('float32', 8, 2),
  ).program;
}

const ramp = (...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensorValue(
    'float32',
    shape,
    Array.from({ length: size }, (_, i) => Math.sin(1 + i)),
  );
};

/** The losses of {@link step} according to the reference evaluator. */
function referenceLosses(steps: number): number[] {
  const program = step();
  let w = ramp(3, 2);
  return Array.from({ length: steps }, () => {
    const [next, loss] = evaluate(program, [w, ramp(8, 3), ramp(8, 2)]);
    w = next!;
    return loss!.data[0]!;
  });
}

describe.each(BACKENDS)('on %s', (backend) => {
  it('the number of tensors stays the same after every step into given buffers', async () => {
    const engine = await createEngine({ backend });
    const start = tensorCount();
    const executable = await engine.compile(step());
    const data = [engine.upload(ramp(8, 3)), engine.upload(ramp(8, 2))];
    let [current, next] = [engine.upload(ramp(3, 2)), engine.allocate(type('float32', 3, 2))];
    const loss = engine.allocate(type('float32'));
    const losses: number[] = [];
    const counts = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const outputs = await executable.run([current, ...data], [next, loss]);
      expect(outputs).toEqual([next, loss]);
      losses.push((await loss.read())[0]!);
      [current, next] = [next, current];
      counts.add(tensorCount());
    }
    expect(counts.size).toBe(1);
    const expected = referenceLosses(20);
    for (const [i, value] of losses.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    expect(expected[19]!).toBeLessThan(0.95 * expected[0]!);
    for (const buffer of [...data, current, next, loss]) buffer.dispose();
    await executable.dispose();
    expect(tensorCount()).toBe(start);
  });

  it('a failing run leaves nothing behind', async () => {
    const engine = await createEngine({ backend });
    const { program } = trace(
      (x: Tensor, rows: Tensor) => ad.add(ad.take(ad.exp(x), rows), ad.take(ad.neg(x), ad.add(rows, 1))),
      type('float32', 3, 2),
      type('int32', 2),
    );
    const executable = await engine.compile(program);
    const x = engine.upload(ramp(3, 2));
    const rows = engine.upload(tensorValue('int32', [2], [0, 2]));
    const before = tensorCount();
    // The second take requests row 3 of 3.
    await expect(executable.run([x, rows])).rejects.toThrow(/3/);
    expect(tensorCount()).toBe(before);
    rows.write(Int32Array.from([1, 0]));
    const [sum] = await executable.run([x, rows]);
    const [a, b] = [Math.sin(3), Math.sin(5)];
    expect((await sum!.read())[0]!).toBeCloseTo(Math.exp(a) - b, 5);
    for (const buffer of [x, rows, sum!]) buffer.dispose();
    await executable.dispose();
  });

  it('the caller owns passed-through values', async () => {
    const engine = await createEngine({ backend });
    const before = tensorCount();
    const { program } = trace(
      (x: Tensor) => [x, x, ad.stopGradient(x), ad.reshape(x, [2, 3]), ad.scalar(7, 'float32')],
      type('float32', 3, 2),
    );
    const executable = await engine.compile(program);
    const x = engine.upload(ramp(3, 2));
    const outputs = await executable.run([x]);
    x.write(new Float32Array(6));
    x.dispose();
    outputs[0]!.dispose();
    await executable.dispose();
    for (const output of outputs.slice(1, 4))
      expect([...(await output.read())]).toEqual([...ramp(3, 2).data]);
    expect([...(await outputs[4]!.read())]).toEqual([7]);
    for (const output of outputs) output.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('changing an uploaded array does not change the buffer', async () => {
    const engine = await createEngine({ backend });
    const data = Float32Array.from([1, 2]);
    const buffer = engine.upload({ type: type('float32', 2), data });
    data[0] = 9;
    expect([...(await buffer.read())]).toEqual([1, 2]);
    buffer.dispose();
    await expect(buffer.read()).rejects.toThrow('after dispose()');
  });
});

describe('loops', () => {
  it('report the name, index and time of each outermost iteration', async () => {
    const engine = await createEngine({ backend: 'wasm' });
    const { program } = trace(
      (x: Tensor) => {
        const loop = (times: number, name: string, body: (v: Tensor) => Tensor, init: Tensor): Tensor =>
          ad.whileLoop(
            ({ k }) => ad.less(k, times),
            ({ k, v }) => ({ k: ad.add(k, 1), v: body(v) }),
            { k: ad.scalar(0, 'int32'), v: init },
            { name },
          ).v;
        return loop(
          2,
          'second',
          ad.neg,
          loop(2, 'first', (v) => loop(3, 'inner', ad.tanh, v), x),
        );
      },
      type('float32', 4),
    );
    const seen: [string, number][] = [];
    const onIteration = (loop: string, iteration: number, seconds: number) => {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(1);
      seen.push([loop, iteration]);
    };
    const executable = await engine.compile(program, { loops: 'hosted', onIteration });
    const x = engine.upload(ramp(4));
    const [y] = await executable.run([x]);
    expect(seen).toEqual([
      ['first', 0],
      ['first', 1],
      ['second', 0],
      ['second', 1],
    ]);
    let expected = Math.sin(1);
    for (let i = 0; i < 6; i++) expected = Math.tanh(expected);
    expect((await y!.read())[0]!).toBeCloseTo(expected, 5);
    for (const buffer of [x, y!]) buffer.dispose();
    await executable.dispose();
  });
});
