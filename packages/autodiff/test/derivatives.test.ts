// Every primitive's value, jvp and transpose rules, to second order, in float64.

import { describe, expect, it } from 'vitest';
import { printProgram, trace } from '../src/index.js';
import { CASES } from './cases/index.js';
import { checkDerivatives } from './check-derivatives.js';

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
