// Runs the part of a plan that is not stored yet, and stores each run as it ends.

import type { ReportEnvironment } from '@gaussmark/analysis';
import { type Locations, VERSION } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import { outcomeOf, type ReportedOutcome } from '../document/assemble.js';
import type { Plan } from '../plan/plan.js';
import type { Identity } from '../store/identity.js';
import { RECORD_SCHEMA, type RunRecord } from '../store/record.js';
import type { Decision } from '../store/resume.js';
import { readRecord, type Store } from '../store/store.js';
import type { CellOutcome } from './cell-outcome.js';
import { limitsOf } from './limits.js';
import { type PlanEvent, type RunOptions, runPlan, type SharedMachine } from './run-plan.js';

export interface RecordingOptions {
  readonly identities: readonly Identity[];
  /** The decision for each cell of the plan; stored cells do not run. */
  readonly decisions: readonly Decision[];
  readonly store: Store;
  readonly locations: Locations;
  readonly environment: ReportEnvironment;
  readonly jobs: number;
  /** Default: this process is alone. */
  readonly machine?: SharedMachine;
  /** The report's directory, to save trained models in. */
  readonly saveIn?: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: PlanEvent) => void;
  /** Called after each run with all outcomes so far, in plan order. */
  readonly save: (outcomes: () => ReportedOutcome[]) => Promise<void>;
  readonly execute?: RunOptions['execute'];
}

/**
 * @returns an outcome for every cell of the plan, in order
 * @throws StorageError if a run cannot be stored, without running the rest. If somebody removes the store meanwhile, the runs of
 *   the plan are stored again, and `store.wasRemoved` is set.
 */
export async function runAndRecord(plan: Plan, options: RecordingOptions): Promise<ReportedOutcome[]> {
  const { identities, decisions, store, environment, save } = options;
  const problems = new Map(plan.problems.map((problem) => [problem.name, problem]));
  const indices = new Map(plan.cells.map(({ id }, i) => [id, i]));
  const outcomes: (ReportedOutcome | undefined)[] = plan.cells.map((cell, i) => {
    const decision = decisions[i]!;
    return decision.kind === 'stored' ? { ...outcomeOf(readRecord(decision.entry)), cell } : undefined;
  });
  // Runs taken from the store must survive its removal.
  const taken = outcomes.flatMap((outcome, i) => (outcome === undefined ? [] : [{ outcome, i }]));
  let isRewritten = false;
  const keepAll = () => {
    store.verify();
    if (!store.wasRemoved || isRewritten) return;
    isRewritten = true;
    for (const { outcome, i } of taken) {
      const problem = problems.get(outcome.cell.problem.name)!;
      store.append(recordOf(outcome, identities[i]!, problem, outcome.environment!, outcome.finished!));
    }
  };
  const todo = plan.cells.filter((_, i) => outcomes[i] === undefined);
  const jobs = Math.max(1, Math.min(options.jobs, todo.length));
  const ended = await runPlan(todo, {
    locations: options.locations,
    signal: options.signal,
    jobs,
    limits: (cell) =>
      limitsOf(cell, problems.get(cell.problem.name)!.stepsPerEpoch, options.machine?.jobs ?? jobs),
    onEvent: options.onEvent,
    record: async (outcome) => {
      const index = indices.get(outcome.cell.id)!;
      const finished = new Date().toISOString();
      store.append(
        recordOf(
          outcome,
          identities[index]!,
          problems.get(outcome.cell.problem.name)!,
          environment,
          finished,
        ),
      );
      outcomes[index] = { ...outcome, environment, finished };
      keepAll();
      await save(() => outcomes.filter((each) => each !== undefined));
    },
    ...defined({
      machine: options.machine,
      execute: options.execute,
      save: options.saveIn === undefined ? undefined : saver(options.saveIn, identities, indices),
    }),
  });
  for (const outcome of ended) outcomes[indices.get(outcome.cell.id)!] ??= outcome;
  keepAll();
  return outcomes.filter((each) => each !== undefined);
}

/** Names the files of a run after it, and uniquely by its key. */
function saver(
  directory: string,
  identities: readonly Identity[],
  indices: ReadonlyMap<string, number>,
): NonNullable<RunOptions['save']> {
  return ({ id }) => {
    const { key } = identities[indices.get(id)!]!;
    return { directory, name: `params/${fileName(id)}-${key.slice(0, KEY_CHARACTERS)}` };
  };
}

const KEY_CHARACTERS = 12;
const LONGEST_NAME = 100;

/** An identifier as part of a file name, on any system. */
function fileName(id: string): string {
  return id
    .replaceAll(/[^A-Za-z0-9.=_-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, LONGEST_NAME);
}

export function recordOf(
  { cell, result, conditions, wallSeconds }: CellOutcome,
  { key, parts }: Identity,
  problem: Plan['problems'][number],
  environment: ReportEnvironment,
  finished: string,
): RunRecord {
  const { status } = result;
  const seconds = wallSeconds ?? result.seconds.total;
  return {
    header: { schema: RECORD_SCHEMA, key, parts, id: cell.id, status, finished, seconds },
    body: { tool: VERSION, cell, problem, environment, result, conditions },
  };
}
