// What decides whether these optimizers are what their names say: trajectories in numpy, dense solutions, and identities between methods.

import { completeHyperparameters, parseManifest } from '@gaussmark/core';
import sgn from '@gaussmark/optimizer-sgn';
import type { Oracle, TestProblem } from '@gaussmark/plugin-conformance';
import { deviation, goldenOracles } from '@gaussmark/plugin-conformance';
import sgnJson from '../../optimizer-sgn/manifest.json' with { type: 'json' };
import dualGaussNewton from '../src/dual-gauss-newton.js';
import egn from '../src/egn.js';
import ignd from '../src/ignd.js';
import tngd from '../src/tngd.js';
import vivit from '../src/vivit.js';
import { change, dampedSolution, densePoint, network } from './problems.js';
import { dualSettings, egnSettings, igndSettings, tngdSettings, vivitSettings } from './settings.js';

const GOLDEN = new URL('../golden', import.meta.url);
/** lambda */
const DAMPING = 0.3;
const PROBLEMS: readonly (readonly [string, TestProblem])[] = [
  ['regression', network('squaredError', 5)],
  ['classification', network('softmaxCrossEntropy', 4, 3)],
];
const negative = (x: readonly number[]) => x.map((value) => -value);
const exactStep = (problem: TestProblem, damping = DAMPING) => change(egn, problem, egnSettings({ damping }));

/** SGN with CG run to the end, without its safeguards. */
const sgnStep = (problem: TestProblem) =>
  change(
    sgn,
    problem,
    completeHyperparameters(parseManifest(sgnJson, 'manifest.json'), {
      ...{ cgIterations: 60, cgTolerance: 0, warmupSteps: 0 },
      ...{ damping: DAMPING, trustRegion: false, lineSearch: false },
    }) as Parameters<typeof sgn.create>[0],
  );

const identities = PROBLEMS.flatMap(([task, problem]): Oracle[] => [
  {
    optimizer: 'egn',
    name: `a step, ${task}`,
    reference: '(B + lambda I)^-1 g, from explicit Jacobians by Gaussian elimination',
    tolerance: 1e-12,
    worst: () => deviation(exactStep(problem), negative(dampedSolution(densePoint(problem), DAMPING))),
  },
  {
    optimizer: 'egn',
    name: `SGN at the end of CG, ${task}`,
    reference: 'identity: the same system in the space of the parameters',
    tolerance: 1e-10,
    worst: () => deviation(exactStep(problem), sgnStep(problem)),
  },
  {
    optimizer: 'dual-gauss-newton',
    name: `the end of CG, ${task}`,
    reference: 'identity: EGN with lambda = 1 / gamma',
    tolerance: 1e-11,
    worst: () =>
      deviation(
        change(
          dualGaussNewton,
          problem,
          dualSettings({ gamma: 1 / DAMPING, cgIterations: 40, cgTolerance: 0 }),
        ),
        exactStep(problem),
      ),
  },
  {
    optimizer: 'dual-gauss-newton',
    name: `no iterations, ${task}`,
    reference: 'identity: SGD with step gamma, from explicit Jacobians',
    tolerance: 1e-13,
    worst: () =>
      deviation(
        change(dualGaussNewton, problem, dualSettings({ gamma: 0.7, cgIterations: 0 })),
        densePoint(problem).gradient.map((g) => -0.7 * g),
      ),
  },
  {
    optimizer: 'tngd',
    name: `a long time without noise, ${task}`,
    reference: 'identity: EGN with the same lambda',
    tolerance: 1e-11,
    worst: () =>
      deviation(
        change(
          tngd,
          problem,
          tngdSettings({ learningRate: 1, damping: DAMPING, iterations: 400, timeStep: 0.3 }),
        ),
        exactStep(problem),
      ),
  },
  {
    optimizer: 'vivit',
    name: `all directions, ${task}`,
    reference: 'identity: EGN with lambda = delta',
    tolerance: 1e-9,
    worst: () =>
      deviation(
        change(vivit, problem, vivitSettings({ directions: 64, damping: DAMPING })),
        exactStep(problem),
      ),
  },
]);

const ofOneExample = (['squaredError', 'softmaxCrossEntropy'] as const).map((loss): Oracle => {
  const problem = network(loss, 1, loss === 'squaredError' ? 1 : 3);
  return {
    optimizer: 'ignd',
    name: `one example, ${problem.spec.task}`,
    reference: 'identity: EGN with lambda = epsilon',
    tolerance: 1e-12,
    worst: () =>
      deviation(
        change(ignd, problem, igndSettings({ learningRate: 1, damping: DAMPING })),
        exactStep(problem),
      ),
  };
});

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(egn, egnSettings.manifest, GOLDEN)),
  ...(await goldenOracles(ignd, igndSettings.manifest, GOLDEN)),
  ...(await goldenOracles(dualGaussNewton, dualSettings.manifest, GOLDEN)),
  ...(await goldenOracles(vivit, vivitSettings.manifest, GOLDEN)),
  ...(await goldenOracles(tngd, tngdSettings.manifest, GOLDEN)),
  ...identities,
  ...ofOneExample,
];
