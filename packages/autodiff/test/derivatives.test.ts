// Every primitive's value, jvp and transpose rules, to second order, in float64.

import { describe, expect, it } from 'vitest';
import { type Primitive, printProgram, trace } from '../src/index.js';
import { CONTROL_FLOW } from './cases/control-flow.js';
import { CONVOLUTION } from './cases/convolution.js';
import { ELEMENTWISE } from './cases/elementwise.js';
import { LAYOUT } from './cases/layout.js';
import { MATMUL } from './cases/matmul.js';
import { POOLING } from './cases/pooling.js';
import { REDUCTIONS } from './cases/reductions.js';
import { type Case, checkDerivatives } from './check-derivatives.js';

/** Exhaustive: a primitive without cases does not compile. */
const CASES: { readonly [P in Primitive]: readonly Case[] } = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...MATMUL,
  ...CONVOLUTION,
  ...POOLING,
  ...LAYOUT,
  ...CONTROL_FLOW,
};

describe.each(Object.entries(CASES))('%s', (primitive, cases) => {
  it.each(cases)('$name', (example) => {
    checkDerivatives(example);
  });

  // Simplification removes it from the finished program.
  it.skipIf(primitive === 'stopGradient')('is what its cases are made of', () => {
    const uses = cases.filter(({ fn, inputs }) =>
      printProgram(trace(fn, ...inputs.map((input) => input.type)).program).includes(` = ${primitive} `),
    );
    expect(uses.length).toBeGreaterThan(0);
  });
});
