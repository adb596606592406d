// The minimum operations of a run, which bound a budget in work before anything runs.

import {
  add,
  cond,
  less,
  lessEqual,
  scalar,
  sin,
  sum,
  type Tensor,
  tensorType,
  trace,
  whileLoop,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { leastFlops } from '../src/plan/least-flops.js';

const VECTOR = tensorType('float64', [3]);

describe('the minimum operations of any run', () => {
  /** A loop over a vector of three, whose body costs 3 + 1 operations, and its condition what it says. */
  const loop = (goesOn: (k: Tensor, x: Tensor) => Tensor) =>
    trace((start: Tensor) => {
      const { x } = whileLoop(
        ({ k, x }: { readonly k: Tensor; readonly x: Tensor }) => goesOn(k, x),
        ({ k, x }) => ({ k: add(k, 1), x: sin(x) }),
        { k: scalar(0, 'int32'), x: start },
        { name: 'loop' },
      );
      return x;
    }, VECTOR).program;

  it.each<[what: string, flops: number, goesOn: (k: Tensor, x: Tensor) => Tensor]>([
    ['k < 5: five turns, six conditions', 5 * 4 + 6, (k) => less(k, 5)],
    ['k <= 5: six turns, seven conditions', 6 * 4 + 7, (k) => lessEqual(k, 5)],
    ['k < 0: one condition', 1, (k) => less(k, 0)],
    ['a condition of the data: it once', 3 + 1, (_k, x) => less(sum(x), 1)],
  ])('of a loop, %s', (_, flops, goesOn) => {
    expect(leastFlops(loop(goesOn))).toBe(flops);
  });

  it('of a branch come from its cheaper side', () => {
    const { program } = trace(
      (x: Tensor) =>
        cond(
          less(sum(x), 0),
          () => sin(sin(x)),
          () => sin(x),
        ),
      VECTOR,
    );
    expect(leastFlops(program)).toBe(3 + 1 + 3);
  });
});
