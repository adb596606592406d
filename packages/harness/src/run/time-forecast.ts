// Forecasts the duration of a plan before it runs: from stored runs, else as a declared guess.

import { type Cell, plannedSteps } from '@gaussmark/cell';
import type { Plan } from '../plan/plan.js';
import type { Decision } from '../store/resume.js';
import type { Store } from '../store/store.js';
import { Durations } from './estimate.js';

export interface Forecast {
  /** Total for the pending runs, one after the other. */
  readonly seconds: number;
  /** Runs without a similar stored run; their time is guessed. */
  readonly guessed: number;
}

/** Start, load and compile time of a small problem. */
const OVERHEAD_SECONDS = 1;
/** Floating-point operations per second of small matrix products on one core. */
const FLOPS = 1e10;
/** Seconds of a nearly empty step. */
const STEP_SECONDS = 2e-4;

/**
 * A cell takes as long as its stored runs, under any key; else as those of its problem and optimizer, else of its problem.
 * Without any, the guess is from the size of its network: a forward and a backward pass take about six operations per parameter
 * and example, and a step may do several.
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

/** Passes per step, besides the gradient's, of an unknown optimizer. */
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
