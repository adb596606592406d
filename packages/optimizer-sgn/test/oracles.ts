// What decides whether SGN is what its name says; sgn-step.test.ts compares states and metrics, too.

import type { Oracle } from '@gaussmark/plugin-conformance';
import { relativeError } from '../../optim/test/plain-linear-algebra.js';
import { CASES, runBoth, TOLERANCE } from './both-steps.js';
import { flat } from './traced-step.js';

export const oracles: readonly Oracle[] = [
  {
    optimizer: 'sgn',
    name: `6 steps with each of ${CASES.length} settings`,
    reference: 'plain loops over the explicit Gauss-Newton matrix',
    tolerance: TOLERANCE,
    worst: () =>
      Math.max(
        ...CASES.flatMap((settings) =>
          runBoth(settings).map(({ got, expected }) => relativeError(flat(got.params), expected.theta)),
        ),
      ),
  },
];
