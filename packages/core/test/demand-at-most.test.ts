// The order of two hyperparameters.

import { expect, it } from 'vitest';
import { demandAtMost, GaussmarkError } from '../src/index.js';

const demand = (least: number) => () => demandAtMost("optimizer 'x'", { least, most: 0.5 }, 'least', 'most');

it.each([0, 0.25, 0.5])('passes %d of at most 0.5', (least) => {
  expect(demand(least)).not.toThrow();
});

it.each([0.75, Number.NaN])('rejects %d', (least) => {
  expect(demand(least)).toThrow(GaussmarkError);
  expect(demand(least)).toThrow(
    expect.objectContaining({
      plugin: "optimizer 'x'",
      pointer: '/least',
      expected: expect.stringContaining('0.5'),
      got: String(least),
    }),
  );
});
