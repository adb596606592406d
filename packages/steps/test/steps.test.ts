// Step timings: the pure parts, on synthetic rounds with known answers.

import {
  add,
  less,
  matmul,
  meter,
  programCost,
  relu,
  scalar,
  type TensorType,
  trace,
  whileLoop,
} from '@gaussmark/autodiff';
import { losses, type Params, parsePublishedResults } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { costOfRun, iterationCost, turnsOf } from '../../cell/src/work.js';
import { analyse } from '../src/analysis.js';
import { stepCost } from '../src/cost.js';
import { ownProducts } from '../src/peak.js';
import { publishedLine } from '../src/published-line.js';
import { combine, fitRounds, inverse, ratioOf } from '../src/ratios.js';
import { rooflineOf } from '../src/roofline.js';
import { roundsWithin, timeRounds } from '../src/rounds.js';
import { productsProgram, selectRows } from '../src/subjects.js';
import type { Measurement } from '../src/suite.js';

describe('ratios within rounds', () => {
  it('ignore a spell that slows whole rounds', () => {
    const slow = [1, 1, 40, 3, 1, 7, 1];
    const gradient = slow.map((factor) => 2 * factor);
    const product = slow.map((factor) => 2.5 * factor);
    expect(ratioOf(product, gradient)).toEqual({ value: 1.25, low: 1.25, high: 1.25 });
  });

  it('have an interval around the median, but not for one round', () => {
    const { value, low, high } = ratioOf([3, 4, 5, 6, 7], [1, 1, 1, 1, 1]);
    expect(value).toBe(5);
    expect(low).toBeGreaterThanOrEqual(3);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(ratioOf([3], [2])).toEqual({ value: 1.5, low: null, high: null });
  });

  it('invert with their interval, except near zero', () => {
    expect(inverse({ value: 4, low: 2, high: 8 })).toEqual({ value: 0.25, low: 0.125, high: 0.5 });
    expect(inverse({ value: 4, low: -1, high: 8 })).toBeNull();
    expect(inverse({ value: 0, low: null, high: null })).toBeNull();
  });

  it('combine values of the same round', () => {
    expect(
      combine(
        [
          [1, 2],
          [10, 20],
        ],
        ([a, b]) => b! - a!,
      ),
    ).toEqual([9, 18]);
  });
});

describe('the line of step times', () => {
  const rounds = [1.2, 1.3, 1.4, 1.3, 1.2, 1.4, 1.3];

  it('fits exact points, with intervals around a and b', () => {
    const points = [1, 3, 10].map((x) => ({ x, y: rounds.map((a) => a + 0.7 * x) }));
    const { intercept, slope } = fitRounds(points)!;
    expect(intercept.value).toBeCloseTo(1.3, 12);
    expect(slope.value).toBeCloseTo(0.7, 12);
    // A shift of all points of a round shifts the line without changing its slope.
    expect(slope.high! - slope.low!).toBeLessThan(1e-9);
    expect(intercept.low!).toBeGreaterThanOrEqual(1.2 - 1e-9);
    expect(intercept.high!).toBeLessThanOrEqual(1.4 + 1e-9);
  });

  it('does not exist for a single number of iterations', () => {
    expect(fitRounds([{ x: 3, y: rounds }])).toBeNull();
  });
});

describe('the roofline', () => {
  const machine = { flopsPerSecond: 100e9, bytesPerSecond: 20e9 };

  it('bounds by memory below 5 operations per byte, by arithmetic from there on', () => {
    expect(rooflineOf({ flops: 4e9, bytes: 1e9 }, machine)).toEqual({
      intensity: 4,
      limit: 'memory',
      seconds: 0.05,
    });
    expect(rooflineOf({ flops: 5e9, bytes: 1e9 }, machine)).toEqual({
      intensity: 5,
      limit: 'compute',
      seconds: 0.05,
    });
    expect(rooflineOf({ flops: 50e9, bytes: 1e9 }, machine)).toEqual({
      intensity: 50,
      limit: 'compute',
      seconds: 0.5,
    });
  });
});

/** Rounds in which every part takes a known multiple of a unit that varies between rounds. */
function madeUp(): Measurement {
  const slow = [1, 1.5, 1, 8, 1.2];
  const of = (seconds: number) => slow.map((factor) => seconds * factor);
  const part = (seconds: number, flops: number, bytes: number) => ({
    samples: of(seconds),
    cost: { flops, bytes },
  });
  const step = (n: number, lineSearchSteps: number) => ({
    // A gradient and two forward passes, 0.8 per iteration, and a forward pass (0.3) per reduction.
    ...part(1.6 + 0.8 * n + 0.3 * lineSearchSteps, 100 * n, 10 * n),
    optimizer: 'sgn',
    iteration: { one: 'CG iteration', many: 'CG iterations' },
    innerIterations: n,
    iterationCost: { flops: 120, bytes: 6 },
    lineSearchSteps,
  });
  return {
    engineInfo: { threads: 2 },
    rounds: slow.length,
    seconds: 1,
    cpuSeconds: 1,
    forward: part(0.3, 30, 3),
    gradient: part(1, 100, 10),
    products: {
      cost: { flops: 110, bytes: 5 },
      few: { count: 0, samples: of(0.5) },
      many: { count: 4, samples: of(3.3) },
    },
    steps: [{ ...part(1.1, 100, 12), optimizer: 'sgd' }, step(10, 2), step(1, 0), step(3, 1)],
    untimed: [],
    peak: {
      products: [
        { ...part(2, 300, 1), name: '512x512x512', own: false },
        { ...part(0.5, 100, 1), name: '1000x20x20', own: true },
      ],
      sum: part(3, 1, 30),
      call: of(0.001),
    },
  };
}

describe('the analysis of a measurement', () => {
  const { costs, peak, lines } = analyse(madeUp());
  const cost = (name: string) => costs.find((each) => each.name === name)!;

  it('names all timed parts', () => {
    expect(costs.map(({ name }) => name)).toEqual([
      ...['forward', 'gradient', 'GGN product', 'CG iteration'],
      ...['sgd step', 'sgn(10) step', 'sgn(1) step', 'sgn(3) step'],
    ]);
  });

  it('derives products and iterations from differences, without forward passes of line searches', () => {
    expect(cost('GGN product').gradients.value).toBeCloseTo(0.7, 12);
    expect(cost('CG iteration').gradients.value).toBeCloseTo(0.8, 12);
    expect(cost('CG iteration')).toMatchObject({ flops: 120, bytes: 6, optimizer: 'sgn' });
    expect(cost('sgn(10) step').gradients.value).toBeCloseTo(1.6 + 8 + 0.6, 12);
  });

  it('fits the line in steps of the baseline', () => {
    const [line] = lines;
    expect(line).toMatchObject({ optimizer: 'sgn', baseline: 'sgd' });
    expect(line!.intercept.value).toBeCloseTo(1.6 / 1.1, 12);
    expect(line!.slope.value).toBeCloseTo(0.8 / 1.1, 12);
    expect(line!.points.map(({ innerIterations }) => innerIterations)).toEqual([1, 3, 10]);
  });

  it('takes the fastest product as the peak, within rounds', () => {
    // The median round is 1.2 times as slow as the first.
    expect(peak).toMatchObject({ product: '1000x20x20' });
    expect(peak.flopsPerSecond).toBeCloseTo(200 / 1.2, 9);
    expect(peak.bytesPerSecond).toBeCloseTo(10 / 1.2, 9);
    expect(cost('gradient').peakShare!.value).toBeCloseTo(100 / 200, 12);
    // 10 operations per byte, below the balance of 20: bound by memory, which moves 10 bytes in the time of a gradient.
    expect(cost('gradient')).toMatchObject({ limit: 'memory', intensity: 10 });
    expect(cost('gradient').limitShare!.value).toBeCloseTo(1, 12);
    expect(cost('GGN product').limit).toBe('compute');
    expect(cost('GGN product').limitShare!.value).toBeCloseTo(110 / 200 / 0.7, 12);
  });

  it('has no rates if a difference is lost in noise', () => {
    const noisy = madeUp();
    const { few } = noisy.products;
    const lost = analyse({
      ...noisy,
      products: { ...noisy.products, many: { count: 4, samples: few.samples } },
    });
    const product = lost.costs.find(({ kind }) => kind === 'ggnProduct')!;
    expect(product.seconds.value).toBe(0);
    expect([product.flopsPerSecond, product.peakShare, product.limitShare]).toEqual([null, null, null]);
  });

  it('has no line without a baseline, and no iteration from a single n', () => {
    const all = madeUp();
    const without = analyse({
      ...all,
      steps: all.steps.filter(({ innerIterations }) => innerIterations === 3),
    });
    expect(without.lines).toEqual([]);
    expect(without.costs.map(({ kind }) => kind)).not.toContain('innerIteration');
  });
});

describe('published lines', () => {
  const published = parsePublishedResults(
    {
      name: 'someone-2020',
      title: 'Someone 2020',
      source: 'Made up.',
      problems: [
        {
          problem: 'mnist',
          batchSize: 1000,
          configurations: [1, 3, 10, 20].map((n) => ({
            optimizer: 'sgn',
            hyperparameters: { cgIterations: n },
            epochs: 1,
            seeds: 1,
            diverged: 0,
            innerIterations: n,
            // The last one stopped early.
            relativeStep: n === 20 ? 12 : 1.5 + n,
          })),
        },
      ],
    },
    'made-up.json',
  );
  const point = (innerIterations: number) => ({
    innerIterations,
    ratio: { value: 1, low: null, high: null },
  });
  const line = { optimizer: 'sgn', points: [point(1), point(10)] };

  it('cover at most as many iterations as measured, in any number type', () => {
    for (const name of ['mnist', 'mnist[dtype=float32]']) {
      const { intercept, slope, points } = publishedLine(published, { name, batchSize: 1000 }, line)!;
      expect(points.map(({ innerIterations }) => innerIterations)).toEqual([1, 3, 10]);
      expect(intercept).toBeCloseTo(1.5, 12);
      expect(slope).toBeCloseTo(1, 12);
    }
  });

  it('are not for other problems, batches or optimizers', () => {
    expect(publishedLine(published, { name: 'boston', batchSize: 1000 }, line)).toBeUndefined();
    expect(publishedLine(published, { name: 'mnist', batchSize: 100 }, line)).toBeUndefined();
    expect(
      publishedLine(published, { name: 'mnist[batchSize=1000,dtype=float32]', batchSize: 1000 }, line),
    ).toBeUndefined();
    expect(
      publishedLine(published, { name: 'mnist', batchSize: 1000 }, { ...line, optimizer: 'other' }),
    ).toBeUndefined();
    expect(publishedLine(undefined, { name: 'mnist', batchSize: 1000 }, line)).toBeUndefined();
  });
});

const matrix = (...shape: number[]): TensorType => ({ dtype: 'float64', shape });

describe('costs with loops', () => {
  const own = trace(
    (a, count) =>
      whileLoop(
        ({ k }) => less(k, count),
        ({ k, v }) => ({ k: add(k, 1), v: matmul(a, v) }),
        { k: scalar(0, 'int32'), v: relu(a) },
        { name: 'cg' },
      ).v,
    matrix(4, 4),
    { dtype: 'int32', shape: [] },
  ).program;

  it('count the actual iterations, and one more evaluation of the condition', () => {
    const { sites, cost } = meter(own);
    // A product of 4 x 4 matrices, the comparison and the counter.
    expect(iterationCost(programCost(own).loops[0]!).flops).toBe(2 * 64 + 2);
    expect(stepCost({ own, sites, cost }, [3], 'cg')).toMatchObject({
      cost: { flops: 16 + 3 * 130 + 1 },
      iterationCost: { flops: 130 },
    });
    expect(stepCost({ own, sites, cost }, [0], 'cg').cost.flops).toBe(16 + 1);
    expect(turnsOf('cg', sites, [3])).toBe(3);
    expect(turnsOf('line-search', sites, [3])).toBeUndefined();
  });

  it('are rejected if a counter has wrapped around', () => {
    const { sites, cost } = meter(own);
    expect(() => costOfRun(cost, sites, [-2])).toThrow(
      expect.objectContaining({ expected: 'at most 2,147,483,647 iterations in one step' }),
    );
  });
});

describe("a problem's own products", () => {
  it('are the distinct ones with the most operations, as programs of the same cost', () => {
    const { program } = trace(
      (x, w, v) => matmul(relu(matmul(relu(matmul(x, w)), v)), v),
      matrix(100, 7),
      matrix(7, 20),
      matrix(20, 20),
    );
    const own = ownProducts(program, 5);
    expect(own.map(({ name }) => name)).toEqual(['100x20x20', '100x7x20']);
    expect(own.map(({ program }) => programCost(program).flops)).toEqual([80_000, 28_000]);
    expect(ownProducts(program, 1)).toHaveLength(1);
  });
});

describe('a loop of Gauss-Newton products', () => {
  it('never evaluates the network: its body costs two linear passes', () => {
    const params = [matrix(7, 20), matrix(20, 3)];
    const model = {
      init: () => [],
      apply: (p: Params, x: Parameters<typeof matmul>[0]) => {
        const [w, v] = p as readonly Parameters<typeof matmul>[0][];
        return matmul(relu(matmul(x, w!)), v!);
      },
    };
    const types = { inputs: matrix(50, 7), targets: matrix(50, 3) };
    const cost = programCost(productsProgram({ model, loss: losses.squaredError, params }, types));
    const products = iterationCost(cost.loops.find(({ name }) => name === 'products')!).flops;
    // With hidden H and output adjoint u: forward x dW, H dV and dH V; backward u V', H' u and x' (...). 2 m n k each.
    const terms = 2 * 50 * (7 * 20 + 2 * 20 * 3 + 2 * 20 * 3 + 7 * 20);
    expect(products).toBeGreaterThanOrEqual(terms);
    expect(products).toBeLessThan(1.25 * terms);
  });
});

describe('rounds', () => {
  it('are as many as requested, or fit the time, from 5 to 200', () => {
    expect(roundsWithin({ rounds: 3 }, 10)).toBe(3);
    expect(roundsWithin({ seconds: 20 }, 0.5)).toBe(40);
    expect(roundsWithin({ seconds: 20 }, 60)).toBe(5);
    expect(roundsWithin({ seconds: 20 }, 1e-3)).toBe(200);
  });

  it('run every subject, in random order', async () => {
    const log: string[] = [];
    const subject = (id: string) => ({
      id,
      run: async () => {
        if (log.at(-1) !== id) log.push(id);
      },
    });
    const subjects = ['a', 'b', 'c'].map(subject);
    const onRound = () => log.push('|');
    const effort = { rounds: 6 };
    const { samples, rounds } = await timeRounds(subjects, { effort, clock: 'wall', seed: 1, onRound });
    expect(rounds).toBe(6);
    expect([...samples].map(([id, times]) => [id, times.length])).toEqual([
      ['a', 6],
      ['b', 6],
      ['c', 6],
    ]);
    const [, ...orders] = log.join('').split('|').slice(0, -1);
    expect(orders.map((order) => [...order].sort().join(''))).toEqual(Array(6).fill('abc'));
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('divide the time of a subject by the runs in it', async () => {
    const wait = () => new Promise((resolve) => setTimeout(resolve, 40));
    const options = { effort: { rounds: 1 }, clock: 'wall', seed: 1, onRound: () => {} } as const;
    const { samples } = await timeRounds([{ id: 'ten', run: wait, repeats: 10 }], options);
    expect(samples.get('ten')![0]).toBeGreaterThan(0.0039);
    expect(samples.get('ten')![0]).toBeLessThan(0.039);
  });

  it('pass on the error of a subject', async () => {
    const error = new Error('no kernel');
    const broken = { id: 'broken', run: () => Promise.reject(error) };
    const options = { effort: { rounds: 1 }, clock: 'wall', seed: 1, onRound: () => {} } as const;
    await expect(timeRounds([broken], options)).rejects.toBe(error);
  });

  it('take no processor time while idle', async () => {
    const idle = { id: 'idle', run: () => new Promise((resolve) => setTimeout(resolve, 100)) };
    const options = { effort: { rounds: 1 }, clock: 'cpu', seed: 1, onRound: () => {} } as const;
    const { samples, seconds } = await timeRounds([idle], options);
    expect(seconds).toBeGreaterThan(0.09);
    expect(samples.get('idle')![0]).toBeLessThan(0.05);
  });
});

it('selects the examples of a mini-batch in their order', () => {
  const data = Float64Array.from({ length: 8 }, (_, i) => i);
  expect([...selectRows(data, Int32Array.of(3, 0), 4)]).toEqual([6, 7, 0, 1]);
});
