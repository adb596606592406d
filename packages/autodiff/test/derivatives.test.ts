// The value, jvp and transpose of every primitive, to second order, in float64.

import { describe, expect, it } from 'vitest';
import { printProgram, trace } from '../src/index.js';
import { CASES } from './cases/index.js';
import { checkDerivatives } from './check-derivatives.js';

describe.each(Object.entries(CASES))('%s', (primitive, cases) => {
  it.each(cases)('$name', (example) => {
    checkDerivatives(example);
  });

  // Simplification removes this primitive from the program.
  it.skipIf(primitive === 'stopGradient')('appears in its cases', () => {
    const uses = cases.filter(({ fn, inputs }) =>
      printProgram(trace(fn, ...inputs.map((input) => input.type)).program).includes(` = ${primitive} `),
    );
    expect(uses.length).toBeGreaterThan(0);
  });
});
