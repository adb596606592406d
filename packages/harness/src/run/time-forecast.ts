// What a plan will take before any of it has run: from runs that are stored, else a guess that is said to be one.

import type { Cell } from '../cell/cell.js';
import { plannedSteps } from '../cell/setup.js';
import type { Plan } from '../plan/plan.js';
import type { Decision } from '../store/resume.js';
import type { Store } from '../store/store.js';
import { Durations } from './estimate.js';

export interface Forecast {
  /** Of the runs to come, one after the other. */
  readonly seconds: number;
  /** Runs that are like none that is stored; their time is guessed. */
  readonly guessed: number;
}

/** Starting a process, loading and compiling, for a small problem. */
const OVERHEAD_SECONDS = 1;
/** Floating-point operations in a second, of small matrix products on one core. */
const FLOPS = 1e10;
/** Seconds of a step that does next to nothing. */
const STEP_SECONDS = 2e-4;

/**
 * Stored runs of the same cell, whatever its key, say what it takes; else those of its problem and optimizer, else of its
 * problem. A cell without any such is guessed from the size of its network: a forward and a backward pass are about six
 * operations for each parameter and example, and an optimizer may do a few of them in a step.
 */
export function forecast(
  { cells, problems }: Pick<Plan, 'cells' | 'problems'>,
  decisions: readonly Decision[],
  store: Pick<Store, 'latest'>,
): Forecast {
  const known = new Map(problems.map((problem) => [problem.name, problem]));
  const durations = new Map<string, Durations>();
  const same = (cell: Cell) => store.latest(cell.id)?.header.seconds;
  for (const cell of cells) {
    const seconds = same(cell);
    if (seconds === undefined) continue;
    const { name } = cell.problem;
    const own = durations.get(name) ?? new Durations();
    own.add(cell, seconds);
    durations.set(name, own);
  }
  let [seconds, guessed] = [0, 0];
  for (const [i, cell] of cells.entries()) {
    if (decisions[i]!.kind === 'stored') continue;
    const measured = same(cell) ?? durations.get(cell.problem.name)?.typical(cell);
    if (measured === undefined) guessed += 1;
    seconds += measured ?? guess(cell, known.get(cell.problem.name)!);
  }
  return { seconds, guessed };
}

/** Passes of a step beyond the gradient's, of an optimizer that nothing is known of. */
const PASSES = 3;

function guess(
  { budget, problem: { batchSize } }: Cell,
  { model, dataset, stepsPerEpoch }: Plan['problems'][number],
): number {
  const examples = Math.min(batchSize, dataset.trainSize);
  const gradient = STEP_SECONDS + (6 * model.parameterCount * examples) / FLOPS;
  const limits = [
    budget.seconds,
    budget.gradientEquivalents === undefined ? undefined : budget.gradientEquivalents * gradient,
  ].filter((limit) => limit !== undefined);
  const steps = plannedSteps(budget, stepsPerEpoch);
  if (steps !== null) limits.push(steps * PASSES * gradient);
  return OVERHEAD_SECONDS + Math.min(...limits);
}
