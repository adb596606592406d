// The strong Wolfe line search: both conditions hold on functions that are hard for it, and its ends are told apart.

import {
  add,
  cos,
  div,
  exp,
  log,
  mul,
  pow,
  scalar,
  sin,
  square,
  sub,
  type Tensor,
  type TensorValue,
  valueAndGrad,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { type StrongWolfeOptions, strongWolfe, WOLFE_STOP } from '../src/strong-wolfe.js';
import { double, evaluated } from './evaluated.js';

/** From alpha = 0 on a function of alpha. */
function search(phi: (alpha: Tensor) => Tensor, options: StrongWolfeOptions = {}) {
  const traced = (zero: Tensor) => {
    const at = (alpha: Tensor) => {
      const { value, grad } = valueAndGrad(phi)(alpha);
      return { loss: value, slope: grad };
    };
    return { ...strongWolfe({ ...at(zero), at }, options), start: at(zero) };
  };
  const values = evaluated(traced, double([], [0])) as unknown as Readonly<Record<string, TensorValue>> & {
    readonly start: { readonly loss: TensorValue; readonly slope: TensorValue };
  };
  const number = (name: string) => values[name]!.data[0]!;
  return {
    alpha: number('stepSize'),
    loss: number('loss'),
    slope: number('slope'),
    evaluations: number('evaluations'),
    stop: number('stopReason'),
    loss0: values.start.loss.data[0]!,
    slope0: values.start.slope.data[0]!,
  };
}

/** The first three of More and Thuente, Line search algorithms with guaranteed sufficient decrease, 1994, section 5. */
const FUNCTIONS = {
  'a quadratic': (a: Tensor) => square(sub(a, 3)),
  'a rational function (More and Thuente, 5.1)': (a: Tensor) => div(mul(-1, a), add(square(a), 2)),
  'a flat polynomial (5.2)': (a: Tensor) => sub(pow(add(a, 0.004), 5), mul(2, pow(add(a, 0.004), 4))),
  'waves on a slope': (a: Tensor) => add(mul(-0.3, a), add(mul(0.01, square(a)), mul(-0.2, sin(mul(5, a))))),
  'a steep wall': (a: Tensor) => sub(exp(mul(4, a)), mul(5, a)),
  'a domain that ends': (a: Tensor) => sub(mul(-1, log(sub(1, a))), mul(3, a)),
  'a cosine': (a: Tensor) => cos(add(a, 0.1)),
} as const;

describe('strongWolfe', () => {
  const cases = Object.entries(FUNCTIONS).flatMap(([name, phi]) =>
    [1e-3, 1, 1e3].flatMap((stepSize) =>
      [0.9, 0.1].map((curvature) => [name, stepSize, curvature, phi] as const),
    ),
  );
  it.each(cases)('finds a point on %s from %d with c2 = %d', (_, stepSize, curvature, phi) => {
    const found = search(phi, { stepSize, curvature });
    expect(found.stop).toBe(WOLFE_STOP.converged);
    expect(found.alpha).toBeGreaterThan(0);
    expect(found.loss).toBeLessThanOrEqual(found.loss0 + 1e-4 * found.alpha * found.slope0);
    expect(Math.abs(found.slope)).toBeLessThanOrEqual(curvature * Math.abs(found.slope0));
    expect(found.evaluations).toBeLessThanOrEqual(20);
  });

  it('finds the minimum of a cubic within two evaluations: interpolation is exact', () => {
    // (a - 1)^2 (a + 2) = a^3 - 3 a + 2, with its minimum at 1.
    const cubic = (a: Tensor) => add(sub(pow(a, 3), mul(3, a)), 2);
    const found = search(cubic, { stepSize: 1.7, curvature: 1e-3, sufficientDecrease: 1e-4 });
    expect(found).toMatchObject({ evaluations: 2, alpha: expect.closeTo(1, 12), stop: WOLFE_STOP.converged });
  });

  it('says why it stopped elsewhere', () => {
    expect(search((a) => a)).toMatchObject({ alpha: 0, evaluations: 0, stop: WOLFE_STOP.ascent });
    expect(search((a) => mul(-1, a), { maxStepSize: 8 })).toMatchObject({
      alpha: 8,
      loss: -8,
      evaluations: 4,
      stop: WOLFE_STOP.largest,
    });
    // A step of 1e3 that must shrink to 1e-3.
    const wall = (a: Tensor) => sub(square(mul(1e3, a)), a);
    expect(search(wall, { stepSize: 1e3, maxEvaluations: 2 })).toMatchObject({
      alpha: 0,
      loss: 0,
      evaluations: 2,
      stop: WOLFE_STOP.budget,
    });
    // |a - 1| near its kink has no small slope.
    const kink = (a: Tensor) =>
      mul(sub(a, 1), div(sub(a, 1), add(1e-300, square(pow(square(sub(a, 1)), 0.25)))));
    expect([WOLFE_STOP.exhausted, WOLFE_STOP.budget]).toContain(
      search(kink, { stepSize: 1.7, curvature: 0.1, maxEvaluations: 200 }).stop,
    );
    expect(search((a) => mul(Number.NaN, a)).stop).toBe(WOLFE_STOP.ascent);
  });

  it.each([0, -1, Number.NaN])('does not search from a first alpha of %d', (stepSize) => {
    const found = search((a) => square(sub(a, 3)), { stepSize });
    expect(found).toMatchObject({ alpha: 0, loss: 9, evaluations: 0, stop: WOLFE_STOP.noStep });
  });

  it('takes a tensor as the first alpha', () => {
    const found = evaluated(
      (zero: Tensor) => {
        const at = (alpha: Tensor) => ({ loss: square(sub(alpha, 3)), slope: mul(2, sub(alpha, 3)) });
        return strongWolfe({ ...at(zero), at }, { stepSize: add(zero, 3) }).evaluations;
      },
      double([], [0]),
    );
    expect(found).toMatchObject({ data: Int32Array.of(1) });
    expect(() => strongWolfe({ loss: scalar(0, 'float64') } as never, { curvature: 1e-5 })).toThrow(
      /sufficientDecrease < curvature/,
    );
  });
});
