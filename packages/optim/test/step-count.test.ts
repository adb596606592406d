// Step counts within and beyond int32.

import { type Tensor, type TensorValue, tensorType, tensorValue, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { countAsFloat, countAsInt32, INT32_MAX, stepCounter } from '../src/step-count.js';

const int32 = (value: number) => tensorValue('int32', [], [value]);

/** The count after one more step, and its value. */
function afterOneMore(counter: ReturnType<typeof stepCounter>, count: readonly number[]) {
  const type = tensorType('int32');
  const isWide = count.length === 2;
  const step = (first: Tensor, second: Tensor) => {
    const next = counter.next(isWide ? { high: first, low: second } : first);
    return { next, float: countAsFloat(next, 'float64'), int32: countAsInt32(next) };
  };
  const { program, output } = trace(step, type, type);
  const inputs = [int32(count[0]!), int32(count[1] ?? 0)];
  const values = tree.unflatten(output, evaluate(program, inputs)) as Readonly<Record<string, TensorValue>>;
  return { float: values.float!.data[0]!, int32: values.int32!.data[0]! };
}

describe('a count within int32', () => {
  it('is one scalar that starts at zero', () => {
    const zero = stepCounter({ upTo: 100, plannedSteps: 100 }).zero();
    expect(zero).toMatchObject({ dtype: 'int32', shape: [] });
  });

  it.each([
    [0, 1],
    [41, 42],
    [INT32_MAX - 1, INT32_MAX],
  ])('goes from %i to %i', (count, next) => {
    const counter = stepCounter({ upTo: INT32_MAX, plannedSteps: INT32_MAX });
    expect(afterOneMore(counter, [count])).toEqual({ float: next, int32: next });
  });

  it.each([null, 3e9, Number.POSITIVE_INFINITY])('saturates in a run of %s steps', (plannedSteps) => {
    const counter = stepCounter({ upTo: 100, plannedSteps });
    expect(afterOneMore(counter, [7]).int32).toBe(8);
    expect(afterOneMore(counter, [INT32_MAX]).int32).toBe(INT32_MAX);
  });
});

describe('a count beyond int32', () => {
  const counter = stepCounter({ upTo: 3e9, plannedSteps: 3e9 });
  const count = (steps: number) => [Math.floor(steps / 2 ** 30), steps % 2 ** 30];

  it.each([0, 2 ** 30 - 1, 2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 3e9, 2 ** 40 - 1])(
    'goes on from %i',
    (steps) => {
      const after = afterOneMore(counter, count(steps));
      expect(after.float).toBe(steps + 1);
      expect(after.int32).toBe(Math.min(steps + 1, INT32_MAX));
    },
  );
});
