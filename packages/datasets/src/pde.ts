// Partial differential equations with known solutions: collocation points, for physics-informed networks.

import { type Dataset, type DatasetPlugin, type DatasetSpec, GaussmarkError } from '@gaussmark/core';
import { uniformDouble } from '@gaussmark/random';
import { EQUATIONS, type Equation } from './equations.js';
import { type GeneratedSplit, generatedProvenance, streams } from './generated.js';
import { residualOf } from './pde-residual.js';

export interface PdeHyperparameters {
  readonly equation: Equation;
  /** d, the number of coordinates; 2 for the heat equation, (x, t). */
  readonly dimension: number;
  /** Midpoints of a regular grid, or points drawn at random. */
  readonly points: 'grid' | 'random';
  readonly interior: number;
  readonly boundary: number;
  readonly testSize: number;
  /** The weight of the boundary's mean square in the loss. */
  readonly boundaryWeight: number;
  /** Seed of the data, independent of a run's seed. */
  readonly seed: number;
}

/**
 * An equation L u = f inside the unit cube, u = g on its boundary (for the heat equation: its sides, and time 0), solved by u*. The loss of
 * all N points is
 *
 *   mean_interior (L u - f)^2 + boundaryWeight mean_boundary (u - g)^2.
 *
 * **Inputs** (n, d + 2): a point, and the factors a of L u and b of u in its output a L u + b u; **targets** (n, 1): the same of u*. An interior
 * point has a = sqrt(N / interior), b = 0, a boundary point a = 0, b = sqrt(boundaryWeight N / boundary). A test point has a = 0, b = 1:
 * **the test loss is the square of the L2 error** on the unit cube, whose volume is 1. Runs record the errors `L2` and `H1`, with H1^2 the mean
 * of (u - u*)^2 + |grad (u - u*)|^2.
 *
 * Values are rounded to multiples of 2^-44, which hides a last bit in which two hosts' `Math.sin` may differ.
 *
 * @throws GaussmarkError if a number of points does not make a grid, or the equation has another number of coordinates
 */
const pde: DatasetPlugin<PdeHyperparameters> = {
  async describe(hyperparameters) {
    demandPoints(hyperparameters);
    return specOf(hyperparameters.dimension + 2);
  },

  residual({ equation, dimension }) {
    return residualOf(EQUATIONS[equation], specOf(dimension));
  },

  async load(hyperparameters): Promise<Dataset> {
    demandPoints(hyperparameters);
    const { equation, dimension: d, points, interior, boundary, testSize, seed } = hyperparameters;
    const { faces, source, solution } = EQUATIONS[equation];
    const uniforms = streams(seed, 3).map((random) => () => uniformDouble(random));
    const inCube = (size: number, stream: number) =>
      points === 'grid' ? grid(size, d) : random(size, d, uniforms[stream]!);
    const onBoundary = (size: number) => {
      const sides = faces(d);
      return Array.from({ length: sides.length }, (_, k) => {
        const own = Math.floor((size + k) / sides.length);
        const flat = points === 'grid' ? grid(own, d - 1) : random(own, d - 1, uniforms[1]!);
        return flat.map((x) => x.toSpliced(sides[k]!.axis, 0, sides[k]!.at));
      }).flat();
    };
    const size = interior + boundary;
    const inside = Math.sqrt(size / interior);
    const outside = Math.sqrt((hyperparameters.boundaryWeight * size) / boundary);
    const train = splitOf([
      ...inCube(interior, 0).map((x) => ({ x, a: inside, b: 0, y: inside * source(x) })),
      ...onBoundary(boundary).map((x) => ({ x, a: 0, b: outside, y: outside * solution(x) })),
    ]);
    const test = splitOf(inCube(testSize, 2).map((x) => ({ x, a: 0, b: 1, y: solution(x) })));
    return { spec: specOf(d + 2), train, test, provenance: generatedProvenance({ train, test }) };
  },
};

export default pde;

type Point = readonly number[];

const specOf = (inputs: number): DatasetSpec => ({
  task: 'regression',
  input: { shape: [inputs] },
  target: { shape: [1] },
});

interface Row {
  readonly x: Point;
  readonly a: number;
  readonly b: number;
  readonly y: number;
}

function splitOf(rows: readonly Row[]): GeneratedSplit {
  const inputs = Float64Array.from(rows.flatMap(({ x, a, b }) => [...x, a, b]));
  const targets = Float64Array.from(rows, ({ y }) => Math.round(y * 2 ** 44) / 2 ** 44);
  return { size: rows.length, inputs, targets };
}

/** The midpoints of n^d equal cells. */
function grid(size: number, d: number): Point[] {
  const n = sideOf(size, d);
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: d }, (_, k) => ((Math.floor(i / n ** k) % n) + 0.5) / n),
  );
}

function random(size: number, d: number, uniform: () => number): Point[] {
  return Array.from({ length: size }, () => Array.from({ length: d }, uniform));
}

/** n, if size is n^d. */
const sideOf = (size: number, d: number) => Math.round(size ** (1 / Math.max(d, 1)));

/** @throws GaussmarkError if a grid cannot have these points, or the equation these coordinates */
function demandPoints({ equation, dimension: d, points, boundary, ...sizes }: PdeHyperparameters): void {
  const fail = (name: string, expected: string, got: number, value: number) => {
    throw new GaussmarkError(`dataset 'pde': '${name}' does not fit`, {
      expected,
      got: String(got),
      remedy: `set ${name}=${value}`,
    });
  };
  const { only } = EQUATIONS[equation];
  if (only !== undefined && d !== only)
    fail('dimension', `${only} coordinates for the equation '${equation}'`, d, only);
  const sides = EQUATIONS[equation].faces(d).length;
  if (boundary < sides) fail('boundary', `at least ${sides} points, one for each side`, boundary, sides);
  if (points === 'random') return;
  for (const name of ['interior', 'testSize'] as const) {
    const n = sideOf(sizes[name], d);
    if (n ** d !== sizes[name]) fail(name, `n^${d} points, a grid`, sizes[name], n ** d);
  }
  const n = Math.max(1, sideOf(boundary / sides, d - 1));
  const whole = sides * n ** (d - 1);
  if (whole !== boundary)
    fail('boundary', `${sides} n^${d - 1} points, a grid on each of ${sides} sides`, boundary, whole);
}
