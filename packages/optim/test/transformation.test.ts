// Pieces of update rules and their chains, against plain float64 loops.

import { type Tensor, type TensorValue, type Tree, vector } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import {
  addDecayedWeights,
  chain,
  clipAdaptively,
  clipByGlobalNorm,
  clipByParameterNorm,
  clipByValue,
  type GradientTransformation,
  momentum,
  scale,
  scaleByAdam,
} from '../src/index.js';
import { double, evaluated, numbersOf } from './evaluated.js';

const START = [0.3, -0.7, 0.1, 1.5];
/** Of sum c x^2 / 2. */
const CURVATURE = [1, 10, 0.1, 3];
const STEPS = 6;
const gradient = (theta: readonly number[]) => theta.map((x, i) => CURVATURE[i]! * x);

/** The parameters in leaves of different ranks. */
const leaves = (x: readonly number[]) => ({ a: double([1, 2], x.slice(0, 2)), b: [double([2], x.slice(2))] });

/** theta after each of {@link STEPS} gradient descent steps with these updates, and the last state. */
function descend<S>(piece: GradientTransformation<S>) {
  let theta = START;
  let state = evaluated((params: Tree<Tensor>) => piece.init(params) as Tree<Tensor>, leaves(theta));
  const path = Array.from({ length: STEPS }, () => {
    const step = (grad: Tree<Tensor>, current: Tree<Tensor>, params: Tree<Tensor>) => {
      const result = piece.update(grad, current as S, params);
      return [vector.sub(params, result.updates), result.state as Tree<Tensor>];
    };
    const [params, next] = evaluated(step, leaves(gradient(theta)), state, leaves(theta)) as readonly [
      Tree<TensorValue>,
      Tree<TensorValue>,
    ];
    state = next;
    theta = numbersOf(params);
    return theta;
  });
  return { path, state };
}

/** The same with a plain function of the gradient, the parameters and the step number, from 1. */
function plain(update: (g: number, x: number, i: number, t: number) => number) {
  let theta = START;
  return Array.from({ length: STEPS }, (_, t) => {
    const g = gradient(theta);
    theta = theta.map((x, i) => x - update(g[i]!, x, i, t + 1));
    return theta;
  });
}

function expectClose(got: readonly (readonly number[])[], expected: readonly (readonly number[])[]) {
  expect(got).toEqual(expected.map((row) => row.map((x) => expect.closeTo(x, 12))));
}

/** mu v + u, by coordinate. */
function plainVelocity(mu: number) {
  const v = START.map(() => 0);
  return (u: number, i: number) => {
    v[i] = mu * v[i]! + u;
    return v[i]!;
  };
}

/** Algorithm 1 of arXiv 1412.6980, by coordinate. */
function plainAdam(beta1: number, beta2: number, epsilon: number) {
  const m = START.map(() => 0);
  const v = START.map(() => 0);
  return (g: number, i: number, t: number) => {
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    return m[i]! / (1 - beta1 ** t) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon);
  };
}

describe('a chain', () => {
  it('applies its pieces in order: weight decay before momentum is an L2 penalty, after it is decoupled', () => {
    const coupled = plainVelocity(0.8);
    expectClose(
      descend(chain(addDecayedWeights(0.3), momentum(0.8), scale(0.05))).path,
      plain((g, x, i) => 0.05 * coupled(g + 0.3 * x, i)),
    );
    const decoupled = plainVelocity(0.8);
    expectClose(
      descend(chain(momentum(0.8), addDecayedWeights(0.3), scale(0.05))).path,
      plain((g, x, i) => 0.05 * (decoupled(g, i) + 0.3 * x)),
    );
  });

  it('combines the state of all pieces, and rejects duplicate names', () => {
    const both = chain(momentum(0.9), scaleByAdam(), scale(0.1));
    expect(Object.keys(descend(both).state)).toEqual(['velocity', 'count', 'firstMoment', 'secondMoment']);
    expect(() => descend(chain(momentum(0.9), momentum(0.5)))).toThrow(/'velocity'/);
    expect(descend(chain()).state).toEqual({});
  });
});

describe('momentum', () => {
  it('is the heavy ball, and with Nesterov applies mu once more', () => {
    const heavy = plainVelocity(0.7);
    expectClose(
      descend(chain(scale(0.1), momentum(0.7))).path,
      plain((g, _, i) => heavy(0.1 * g, i)),
    );
    const ahead = plainVelocity(0.7);
    expectClose(
      descend(chain(scale(0.1), momentum(0.7, { nesterov: true }))).path,
      plain((g, _, i) => 0.7 * ahead(0.1 * g, i) + 0.1 * g),
    );
  });

  it('of 0 keeps no state', () => {
    const { path, state } = descend(chain(momentum(0), scale(0.1)));
    expect(state).toEqual({});
    expectClose(
      path,
      plain((g) => 0.1 * g),
    );
  });
});

describe('scaleByAdam', () => {
  // A large epsilon shows where it is added.
  it.each([
    [{}, 0.9, 0.999, 1e-8],
    [{ beta1: 0.5, beta2: 0.8, epsilon: 0.01 }, 0.5, 0.8, 0.01],
    [{ beta1: 0, beta2: 1 - 1e-12 }, 0, 1 - 1e-12, 1e-8],
  ])('is Adam with %o', (options, beta1, beta2, epsilon) => {
    const adam = plainAdam(beta1, beta2, epsilon);
    const { path, state } = descend(chain(scaleByAdam(options), scale(0.05)));
    // For beta close to 1, 1 - beta^t is itself inexact in plain arithmetic.
    const digits = beta2 > 0.9999 ? 4 : 12;
    const expected = plain((g, _, i, t) => 0.05 * adam(g, i, t));
    expect(path).toEqual(expected.map((row) => row.map((x) => expect.closeTo(x, digits))));
    expect(numbersOf((state as { readonly count: TensorValue }).count)).toEqual([STEPS]);
  });

  it('becomes AdamW with decoupled weight decay', () => {
    const adam = plainAdam(0.9, 0.999, 1e-8);
    expectClose(
      descend(chain(scaleByAdam(), addDecayedWeights(0.2), scale(0.05))).path,
      plain((g, x, i, t) => 0.05 * (adam(g, i, t) + 0.2 * x)),
    );
  });

  it('first steps by the learning rate in every coordinate', () => {
    const [first] = descend(chain(scaleByAdam({ epsilon: 0 }), scale(0.05))).path;
    expectClose([first!], [START.map((x) => x - 0.05 * Math.sign(x))]);
  });
});

describe('clipByGlobalNorm', () => {
  const clipped = (g: readonly number[], maxNorm: number) =>
    numbersOf(
      evaluated(
        (updates: Tree<Tensor>) => clipByGlobalNorm(maxNorm).update(updates, {}, updates).updates,
        leaves(g),
      ),
    );

  it('shortens only longer updates, over all leaves together', () => {
    expect(clipped([1, 2, 2, 4], 1)).toEqual([0.2, 0.4, 0.4, 0.8].map((x) => expect.closeTo(x, 14)));
    expect(clipped([1, 2, 2, 4], 5)).toEqual([1, 2, 2, 4]);
    expect(clipped([0, 0, 0, 0], 1)).toEqual([0, 0, 0, 0]);
  });
});

describe('other clippings', () => {
  const applied = (
    piece: GradientTransformation<Record<never, never>>,
    u: readonly number[],
    theta = START,
  ) =>
    numbersOf(
      evaluated(
        (updates: Tree<Tensor>, params: Tree<Tensor>) => piece.update(updates, {}, params).updates,
        leaves(u),
        leaves(theta),
      ),
    );

  it('clipByParameterNorm treats each leaf by itself', () => {
    const expected = [0.6, 0.8, 0.3, 0.4].map((x) => expect.closeTo(x, 14));
    expect(applied(clipByParameterNorm(1), [3, 4, 0.3, 0.4])).toEqual(expected);
    expect(applied(clipByParameterNorm(1), [0, 0, 0, 0])).toEqual([0, 0, 0, 0]);
  });

  it('clipAdaptively treats each filter of a kernel by itself, and leaves zero parameters a little', () => {
    const kernel = (values: readonly number[]) => double([2, 1, 1, 2], values);
    const clipped = evaluated(
      (u: Tensor, theta: Tensor) =>
        clipAdaptively({ clipping: 0.1, epsilon: 0.5 }).update(u, {}, theta).updates,
      kernel([3, 4, 0.03, 0.04]),
      kernel([6, 8, 0, 0]),
    );
    expect(numbersOf(clipped)).toEqual([0.6, 0.8, 0.03, 0.04].map((x) => expect.closeTo(x, 14)));
  });

  it('need a bound above 0', () => {
    expect(() => clipByGlobalNorm(0)).toThrow(/clipByGlobalNorm: expected maxNorm above 0, got 0/);
    expect(() => clipByValue(-1)).toThrow(/maxValue above 0/);
    expect(() => clipAdaptively({ clipping: Number.NaN })).toThrow(/clipping above 0, got NaN/);
  });
});
