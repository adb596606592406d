// Differential equations on the unit cube with known solutions, as numbers and as programs.

import { add, cos, exp, mul, neg, sin, slice, sub, sum, type Tensor } from '@gaussmark/autodiff';

/** A face of the unit cube: the coordinate `axis` is `at`. */
export interface Face {
  readonly axis: number;
  readonly at: 0 | 1;
}

/** The first and second derivatives of a network u along each axis, (M, 1) each. */
export interface Derivatives {
  readonly first: readonly Tensor[];
  readonly second: readonly Tensor[];
}

/** L u = f, with the solution u*. */
export interface KnownEquation {
  /** The number of coordinates, if it is not free. */
  readonly only?: number;
  /** Where u* is prescribed. */
  faces(dimension: number): readonly Face[];
  /** f(x) = L u*(x) */
  source(x: readonly number[]): number;
  /** u*(x) */
  solution(x: readonly number[]): number;
  /** u* as a program: (M, d) -> (M, 1). */
  solutionOf(x: Tensor): Tensor;
  /** Axes along which L has second derivatives; those of the others are not computed. */
  secondAxes(dimension: number): readonly number[];
  /** L u, (M, 1). */
  operator(derivatives: Derivatives): Tensor;
}

const { PI } = Math;
const range = (d: number) => Array.from({ length: d }, (_, k) => k);
const allFaces = (d: number): readonly Face[] =>
  range(d).flatMap((axis) => [
    { axis, at: 0 },
    { axis, at: 1 },
  ]);
const minusLaplacian = ({ second }: Derivatives) => neg(second.reduce((total, each) => add(total, each)));
const column = (x: Tensor, axis: number) => slice(x, [0, axis], [x.shape[0]!, axis + 1]);

/** kappa of the heat equation. */
const DIFFUSIVITY = 1 / 4;

export type Equation = 'poisson-sine' | 'poisson-cosine' | 'heat';

export const EQUATIONS: Readonly<Record<Equation, KnownEquation>> = {
  /** -Laplacian u = d pi^2 u*, u* = prod_k sin(pi x_k), which is 0 on the boundary. */
  'poisson-sine': {
    faces: allFaces,
    source: (x) => x.length * PI ** 2 * x.reduce((product, each) => product * Math.sin(PI * each), 1),
    solution: (x) => x.reduce((product, each) => product * Math.sin(PI * each), 1),
    solutionOf: (x) =>
      range(x.shape[1]!)
        .map((k) => sin(mul(PI, column(x, k))))
        .reduce((product, each) => mul(product, each)),
    secondAxes: range,
    operator: minusLaplacian,
  },
  /** -Laplacian u = pi^2 u*, u* = sum_k cos(pi x_k): the 5-D problem of arXiv 2302.13163. */
  'poisson-cosine': {
    faces: allFaces,
    source: (x) => PI ** 2 * x.reduce((total, each) => total + Math.cos(PI * each), 0),
    solution: (x) => x.reduce((total, each) => total + Math.cos(PI * each), 0),
    solutionOf: (x) => sum(cos(mul(PI, x)), { axes: [1], keepDims: true }),
    secondAxes: range,
    operator: minusLaplacian,
  },
  /** u_t - u_xx / 4 = 0 for (x, t), u* = exp(-pi^2 t / 4) sin(pi x), prescribed at x = 0, x = 1 and t = 0. */
  heat: {
    only: 2,
    faces: () => [
      { axis: 0, at: 0 },
      { axis: 0, at: 1 },
      { axis: 1, at: 0 },
    ],
    source: () => 0,
    solution: ([x, t]) => Math.exp(-DIFFUSIVITY * PI ** 2 * t!) * Math.sin(PI * x!),
    solutionOf: (x) => mul(exp(mul(-DIFFUSIVITY * PI ** 2, column(x, 1))), sin(mul(PI, column(x, 0)))),
    secondAxes: () => [0],
    operator: ({ first, second }) => sub(first[1]!, mul(DIFFUSIVITY, second[0]!)),
  },
};
