// The checks of an optimizer that need no engine: its contract, and the places where formulas break.

import { Constant, loopsOf, type Program, printProgram, programsIn, usedAtoms } from '@gaussmark/autodiff';
import { costOfRun, gradientFlops } from '@gaussmark/cell';
import { type Check, fail, info, skip } from './finding.js';
import { demandFinite, numbersOf, type OptimizerBench, PLANNED } from './optimizer-bench.js';
import {
  exactFit,
  flatProblem,
  manyParameters,
  networkProblem,
  oneParameter,
  withMissingNumbers,
} from './optimizer-problems.js';
import { subjectOf } from './take-steps.js';
import type { TestProblem } from './test-problem.js';

const count = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;

/** In order of dependence: what breaks the first breaks the rest. */
export function optimizerChecks(bench: OptimizerBench): readonly Check[] {
  const network = networkProblem(bench.task);
  return [
    {
      name: 'shapes and dtypes',
      isBasis: true,
      remedy: 'return params and state with the structure, shapes and dtypes that came in',
      run() {
        const stepper = bench.stepper(network);
        const [params, state] = [stepper.params.length, stepper.state.length];
        const metrics = stepper.traced.metrics.length - 1;
        const kept = state === 0 ? 'no state' : `a state of ${count(state, 'tensor')}`;
        return `${count(params, 'parameter')} and ${kept} keep their types; ${count(metrics, 'metric')}`;
      },
    },
    {
      name: 'purity',
      remedy:
        'compute from the arguments alone: no Math.random, Date or variables that outlive a call; keep what must survive in the state',
      run: () => purity(bench, network),
    },
    {
      name: 'float32 and float64',
      remedy:
        "give constants the dtype of the parameters, or name the supported ones in the manifest's capabilities.dtypes",
      run: () => dtypes(bench, network),
    },
    {
      name: 'batch of one',
      remedy: 'divide by no statistic of a mini-batch that is 0 for one example',
      run() {
        const single = networkProblem(bench.task, 1);
        const stepper = bench.stepper(single);
        demandFinite(stepper.step().params, 'on one example', 'check divisions');
        const [full, one] = [bench.stepper(network).traced.metrics, stepper.traced.metrics];
        if (full.join() !== one.join())
          fail(
            `metrics are ${full.slice(1).join(', ')}, and on one example ${one.slice(1).join(', ')}`,
            'report the same metrics for every size of a mini-batch',
          );
        return 'one example takes a finite step, with the same metrics';
      },
    },
    {
      name: 'zero gradient',
      remedy: 'guard divisions by the norm of the gradient, or by an estimate of its variance',
      run: () => finiteSteps(bench, flatProblem(bench.task), 'where the gradient is 0'),
    },
    {
      name: 'exact fit',
      remedy: 'guard divisions by the loss or by the norm of the gradient: both are 0 here',
      run: () =>
        bench.task === 'regression'
          ? finiteSteps(bench, exactFit(), 'at a loss of 0')
          : skip('for regression'),
    },
    {
      name: 'NaN in the data',
      remedy: 'end loops when a value is not finite',
      run: () => missing(bench, network),
    },
    {
      name: 'one parameter',
      remedy: 'do not rely on the number or the shapes of parameters',
      run: () =>
        bench.task === 'regression'
          ? finiteSteps(bench, oneParameter(), 'with a single number')
          : skip('for regression'),
    },
    {
      name: 'many parameters',
      remedy: 'use tree.map or vector functions, which accept any tree of tensors of any rank',
      run: () =>
        bench.task === 'regression'
          ? finiteSteps(bench, manyParameters(), 'with 42 tensors of 0 to 4 axes')
          : skip('for regression'),
    },
    { name: 'rescaled loss', remedy: 'check for overflow', run: () => rescaled(bench, network) },
    {
      name: 'billing',
      remedy:
        "name the loop in the step as the manifest's innerLoop does, and compute with operations of @gaussmark/autodiff",
      run: () => billing(bench, network),
    },
  ];
}

/** Programs of independent traces are the same to the letter, constants included. */
function purity(bench: OptimizerBench, network: TestProblem): string {
  const optimizer = () => bench.create(network, bench.values, PLANNED, bench.dtype);
  const textOf = (instance: ReturnType<typeof optimizer>) => {
    const stepper = bench.stepperOf(instance, network);
    return [stepper.initProgram, stepper.traced.program].map(exactText).join('\n');
  };
  const shared = optimizer();
  const [first, again, fresh] = [textOf(shared), textOf(shared), textOf(optimizer())];
  const [a, b] = first === again ? [first, fresh] : [first, again];
  if (a === b) return 'traced three times, the program is the same';
  const [before, after] = [a.split('\n'), b.split('\n')];
  const line = before.findIndex((text, i) => text !== after[i]);
  const how = first === again ? 'a new instance' : 'a second trace';
  fail(
    `${how} gives another program: ${(before[line] ?? '').trim()}; then ${(after[line] ?? 'nothing').trim()}`,
  );
}

/** A program as text, with every number of its constants. */
function exactText(program: Program): string {
  const constants = [...programsIn(program)].flatMap((inner) =>
    usedAtoms(inner).flatMap((atom) => (atom instanceof Constant ? [[...atom.data].join(' ')] : [])),
  );
  return `${printProgram(program)}\n${constants.join('\n')}`;
}

/** The largest change of a parameter that two dtypes may differ by, relative to the largest change. */
const DTYPE_TOLERANCE = 1e-2;

function dtypes(bench: OptimizerBench, network: TestProblem): string {
  let random = false;
  const changes = bench.dtypes.map((dtype) => {
    const stepper = bench.stepper(network, { dtype });
    random ||= [stepper.initProgram, stepper.traced.program].some(draws);
    const start = numbersOf(stepper.params);
    demandFinite(stepper.step().params, `in ${dtype}`, 'check constants beyond the range of the dtype');
    return numbersOf(stepper.params).map((x, i) => x - start[i]!);
  });
  const [one, other] = changes;
  if (other === undefined) return `runs in ${bench.dtypes[0]}, the only dtype it declares`;
  const largest = Math.max(...one!.map(Math.abs), Number.MIN_VALUE);
  const off = Math.max(...one!.map((x, i) => Math.abs(x - other[i]!))) / largest;
  if (off > DTYPE_TOLERANCE && random)
    return 'a step is finite in both; not compared, since random numbers of one key differ between the dtypes';
  if (off > DTYPE_TOLERANCE)
    fail(
      `a step in float32 differs from one in float64 by ${off.toPrecision(2)} of the step`,
      'keep epsilons above 1e-38 and sums short; or declare only float64',
    );
  return `a step in float32 is that in float64 to ${off.toExponential(1)} of the step`;
}

/** Whether a program draws random numbers. */
const draws = (program: Program): boolean =>
  [...programsIn(program)].some(({ equations }) =>
    equations.some(({ primitive }) => primitive === 'threefry2x32'),
  );

function finiteSteps(bench: OptimizerBench, problem: TestProblem, where: string): string {
  const stepper = bench.stepper(problem);
  for (let step = 1; step <= 3; step++)
    demandFinite(stepper.step().params, `${where}, at step ${step}`, 'guard divisions by zero');
  return `three finite steps ${where}`;
}

/** A step on such data must end, and the loss that the harness records must show it. */
function missing(bench: OptimizerBench, network: TestProblem): string {
  const stepper = bench.stepper(withMissingNumbers(network));
  stepper.step();
  const { metrics } = stepper.step();
  if (Number.isFinite(metrics.loss!)) fail(`the loss of a mini-batch of NaN is ${metrics.loss}`);
  return `the step ends, and the run is recorded as diverged (loss ${metrics.loss})`;
}

/** A power of two, so that scaling rounds nothing. */
const FACTOR = 16;
const SAME = 1e-3;

function rescaled(bench: OptimizerBench, network: TestProblem) {
  const changeBy = (scale: number) => {
    const stepper = bench.stepper(network, { scale });
    const start = numbersOf(stepper.params);
    demandFinite(stepper.step().params, `with the loss times ${scale}`, 'check for overflow');
    return numbersOf(stepper.params).map((x, i) => x - start[i]!);
  };
  const [plain, scaled] = [changeBy(1), changeBy(FACTOR)];
  const largest = Math.max(...plain.map(Math.abs), Number.MIN_VALUE);
  const off = (factor: number) =>
    Math.max(...plain.map((x, i) => Math.abs(scaled[i]! - factor * x))) / (factor * largest);
  if (off(1) < SAME) return info('invariant: multiplying the loss does not change the step');
  if (off(FACTOR) < SAME)
    return info(
      'equivariant: the step scales with the loss, so its learning rate depends on the units of the loss',
    );
  return info('neither: multiplying the loss changes the step, but not in proportion');
}

function billing(bench: OptimizerBench, network: TestProblem): string {
  const stepper = bench.stepper(network);
  const { sites, cost, own } = stepper.traced;
  const unit = gradientFlops(subjectOf(network, bench.dtype), network.batches[0].inputs.type.shape[0]!);
  const counts = stepper.counts();
  const work = costOfRun(cost, sites, counts).flops / unit;
  const loops = loopsOf(own).map(({ params }) => params.name);
  const declared = bench.manifest.innerLoop;
  if (declared !== undefined) {
    if (!loops.includes(declared.name))
      fail(
        `the manifest's innerLoop '${declared.name}' is not in the step, whose loops are: ${loops.join(', ') || 'none'}`,
      );
    const named = [
      ...Object.keys(declared.metrics ?? {}),
      ...(declared.stops === undefined ? [] : [declared.stops.metric]),
    ];
    const absent = named.filter((name) => !stepper.traced.metrics.includes(name));
    if (absent.length > 0)
      fail(
        `the manifest's innerLoop names metrics that the step does not report: ${absent.join(', ')}`,
        'report them, or drop them from the manifest',
      );
  }
  if (!(work > 0)) fail('a step costs nothing: it computes with JavaScript numbers, or not at all');
  const turned = sites.flatMap(({ kind, name }, i) =>
    kind === 'loop' ? [`${name || 'a loop'} ${counts[i]} times`] : [],
  );
  return `a step costs ${work.toPrecision(3)} gradients${turned.length === 0 ? '' : `; loops: ${turned.join(', ')}`}`;
}
