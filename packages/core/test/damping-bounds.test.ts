// The bounds of a damping.

import { expect, it } from 'vitest';
import { demandDampingBounds, GaussmarkError } from '../src/index.js';

const demand = (minDamping: number) => () =>
  demandDampingBounds("optimizer 'x'", { damping: 0.5, minDamping });

it.each([0, 0.25, 0.5])('passes minDamping = %d for damping = 0.5', (minDamping) => {
  expect(demand(minDamping)).not.toThrow();
});

it.each([0.75, Number.NaN])('rejects %d', (minDamping) => {
  expect(demand(minDamping)).toThrow(GaussmarkError);
  expect(demand(minDamping)).toThrow(
    expect.objectContaining({
      plugin: "optimizer 'x'",
      pointer: '/minDamping',
      expected: expect.stringContaining('0.5'),
      got: String(minDamping),
    }),
  );
});
