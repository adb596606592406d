// The checks of an optimizer on an engine: the same bits again, after a restart, and the reference's numbers.

import { FLOAT_LIMITS, type TensorValue } from '@gaussmark/autodiff';
import { defaultsOf, type Engine, gaussmarkErrorOf, type Registry } from '@gaussmark/core';
import { loadPlugin } from '@gaussmark/worker';
import { type Check, fail, skip } from './finding.js';
import { numbersOf, type OptimizerBench, PLANNED } from './optimizer-bench.js';
import { networkProblem } from './optimizer-problems.js';
import type { Stepper } from './take-steps.js';

/** The engine that users get by default comes first. */
const PREFERRED = ['onnxruntime', 'tfjs'];
/** Steps compared with the reference: rounding grows with each. */
const COMPARED = 3;
/** In machine epsilons, relative to the largest change of a parameter. */
const TOLERANCE = 2 ** 22;

/** Parameters and state on the host, after each step on an engine. */
type Trajectory = readonly (readonly TensorValue[])[];

export function engineChecks(bench: OptimizerBench, registry: Registry): readonly Check[] {
  const network = networkProblem(bench.task);
  let started: Promise<Engine | undefined> | undefined;
  const engine = () => (started ??= startFirst(registry));
  const onEngine = (work: (engine: Engine) => Promise<string>) => async () => {
    const found = await engine();
    return found === undefined ? skip('no engine runs here: see bench engine list') : work(found);
  };
  return [
    {
      name: 'determinism',
      remedy: 'derive random numbers from the seed of the context',
      run: onEngine(async (engine) => {
        const runs = [bench.stepper(network), bench.stepper(network)];
        const [first, again] = await Promise.all(runs.map((stepper) => steps(engine, stepper, PLANNED)));
        demandSameBits(first!, again!, 'a second run');
        return `${PLANNED} steps twice on ${nameOf(engine)}: the same bits`;
      }),
    },
    {
      name: 'resume',
      remedy: 'keep everything that a step needs in the state',
      run: onEngine(async (engine) => {
        const half = PLANNED / 2;
        const whole = await steps(engine, bench.stepper(network), PLANNED);
        const before = await steps(engine, bench.stepper(network), half);
        // A new instance in the middle of the run, as after a restart.
        const rest = await steps(engine, bench.stepper(network), half, { from: before.at(-1)!, taken: half });
        demandSameBits(whole.slice(half), rest, `${half} steps after a restart`);
        return `saved and restored after ${half} of ${PLANNED} steps: the same bits`;
      }),
    },
    {
      name: 'two engines',
      remedy:
        'avoid comparisons that rounding decides; run bench engine check to see whether the engine is at fault',
      run: onEngine(async (engine) => {
        const reference = bench.stepper(network);
        const [start, got] = [
          numbersOf(reference.params),
          await steps(engine, bench.stepper(network), COMPARED),
        ];
        let off = 0;
        for (const values of got) {
          reference.step();
          const expected = numbersOf(reference.params);
          const largest = Math.max(...expected.map((x, i) => Math.abs(x - start[i]!)), Number.MIN_VALUE);
          const own = numbersOf(values.slice(0, reference.params.length));
          off = Math.max(off, Math.max(...expected.map((x, i) => Math.abs(x - own[i]!))) / largest);
        }
        const allowed = TOLERANCE * FLOAT_LIMITS[bench.dtype].epsilon;
        const text = `${COMPARED} steps on ${nameOf(engine)} differ from the reference by ${off.toExponential(1)} of the change`;
        if (!(off <= allowed)) fail(`${text}, more than ${allowed.toExponential(1)}`);
        return text;
      }),
    },
  ];
}

const nameOf = ({ info }: Engine) => String(info.engine);

/** The first engine that starts with its defaults. */
async function startFirst(registry: Registry): Promise<Engine | undefined> {
  const rank = (name: string) => (PREFERRED.includes(name) ? PREFERRED.indexOf(name) : PREFERRED.length);
  const entries = registry.list('engine').sort((a, b) => rank(a.name) - rank(b.name));
  for (const entry of entries) {
    const plugin = await loadPlugin(registry, entry);
    try {
      return await plugin.create(defaultsOf(entry.manifest));
    } catch (error) {
      // What it needs is missing here; the next one may start.
      if (gaussmarkErrorOf(error) === undefined) throw error;
    }
  }
  return undefined;
}

interface Start {
  readonly from: readonly TensorValue[];
  readonly taken: number;
}

/** Takes steps on an engine; each result is copied to the host. */
async function steps(engine: Engine, stepper: Stepper, count: number, start?: Start): Promise<Trajectory> {
  const executable = await engine.compile(stepper.program);
  const trajectory: (readonly TensorValue[])[] = [];
  const { from, taken } = start ?? { from: [...stepper.params, ...stepper.state], taken: 0 };
  let current = from;
  for (let step = taken; step < taken + count; step++) {
    const inputs = [...current, ...stepper.examplesAt(step)].map((value) => engine.upload(value));
    const outputs = await executable.run(inputs);
    const kept: TensorValue[] = [];
    for (const output of outputs.slice(0, from.length))
      kept.push({ type: output.type, data: (await output.read()).slice() });
    for (const buffer of [...inputs, ...outputs]) buffer.dispose();
    trajectory.push(kept);
    current = kept;
  }
  await executable.dispose();
  return trajectory;
}

function demandSameBits(expected: Trajectory, got: Trajectory, what: string): void {
  for (const [step, values] of expected.entries()) {
    const [own, other] = [numbersOf(values), numbersOf(got[step]!)];
    const at = own.findIndex((x, i) => !Object.is(x, other[i]));
    if (at >= 0) fail(`${what} gives other numbers: ${own[at]} became ${other[at]} at its step ${step + 1}`);
  }
}
