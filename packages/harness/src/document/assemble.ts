// Builds the report document from a plan and its outcomes.

import {
  REPORT_SCHEMA_VERSION,
  type Report,
  type ReportEnvironment,
  type ReportRun,
} from '@gaussmark/analysis';
import { type Cell, type CurvePoint, VERSION, whereReached } from '@gaussmark/cell';
import { defined, valueWithoutHome, withoutHome } from '@gaussmark/core';
import type { Plan } from '../plan/plan.js';
import type { CellOutcome } from '../run/cell-outcome.js';
import type { RunRecord } from '../store/record.js';

/** The contents of a report besides its plan and its runs. */
export interface ReportFrame {
  readonly title: string;
  readonly created: Date;
  readonly command: readonly string[];
  readonly environment: ReportEnvironment;
}

/** A run of a report: how it ended, and when and where, if it began. */
export interface ReportedOutcome extends CellOutcome {
  /** ISO 8601, UTC. */
  readonly finished?: string;
  readonly environment?: ReportEnvironment;
}

/** The outcome in a record. */
export function outcomeOf({ header, body }: RunRecord): ReportedOutcome {
  const { cell, result, conditions, environment } = body;
  return {
    cell,
    result,
    ...defined({ conditions }),
    environment,
    finished: header.finished,
    wallSeconds: header.seconds,
  };
}

/** The part of a plan that a report shows. */
export type ReportedPlan = Pick<Plan, 'problems' | 'skipped'> &
  Partial<Pick<Plan, 'profile' | 'baseline' | 'published' | 'engineChoices'>>;

/** Times of day are rounded, and network time corrects them. */
const CLOCK_SLACK_MS = 1000;

/** The report of the cells that have ended. */
export function assembleReport(
  plan: ReportedPlan,
  outcomes: readonly ReportedOutcome[],
  frame: ReportFrame,
): Report {
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    created: frame.created.toISOString(),
    tool: { name: 'gaussmark', version: VERSION },
    title: withoutHome(frame.title),
    ...defined({ profile: plan.profile, baseline: plan.baseline }),
    command: frame.command.map(withoutHome),
    environment: {
      ...frame.environment,
      comparableTimings: frame.environment.comparableTimings && areComparable(outcomes),
    },
    problems: valueWithoutHome([...plan.problems]),
    runs: outcomes.map(reportRun),
    skipped: valueWithoutHome([...plan.skipped]),
    ...defined({ engineChoices: plan.engineChoices?.slice(), published: plan.published }),
  };
}

/**
 * Whether timings are comparable: every run had the machine to itself, and all had the same kind of machine and software. Runs
 * of merged stores may have overlapped without their processes knowing.
 */
function areComparable(outcomes: readonly ReportedOutcome[]): boolean {
  const machines = outcomes.flatMap(({ environment }) =>
    environment === undefined ? [] : [machineOf(environment)],
  );
  return (
    new Set(machines).size <= 1 &&
    outcomes.every(({ conditions }) => (conditions?.jobs ?? 1) === 1) &&
    !overlap(outcomes)
  );
}

/** Whether two runs overlapped. */
function overlap(outcomes: readonly ReportedOutcome[]): boolean {
  const spans = outcomes
    .flatMap(({ finished, result }) => {
      if (finished === undefined) return [];
      const end = Date.parse(finished);
      return [{ start: end - 1000 * result.seconds.total, end }];
    })
    .sort((a, b) => a.start - b.start);
  return spans.some(({ start }, index) => index > 0 && start < spans[index - 1]!.end - CLOCK_SLACK_MS);
}

/** Timings compare only on equal machines. */
export function machineOf({ cpu, cores, os, node, engines, threads }: ReportEnvironment): string {
  return JSON.stringify([cpu, cores, os, node, engines, threads]);
}

/** A run in the form of a report. */
export function reportRun({ cell, result, conditions, finished }: ReportedOutcome): ReportRun {
  return {
    ...valueWithoutHome(describeRun(cell, result)),
    curve: result.curve.map(reportPoint),
    steps: { ...result.steps },
    ...defined({
      innerLoop: result.innerLoop && { ...result.innerLoop },
      savedModel: result.savedModel && { ...result.savedModel },
    }),
    seconds: { ...result.seconds },
    ...defined({
      target: cell.target && reportTarget(cell.target, result.curve),
      conditions: conditions && { ...conditions, megahertz: [...conditions.megahertz] },
      peakBytes: result.peakBytes,
      finished,
    }),
  };
}

/** The textual part of a run. */
function describeRun(cell: Cell, result: CellOutcome['result']) {
  const { problem } = cell;
  return defined({
    id: cell.id,
    problem: problem.name,
    model: problem.model.name,
    dataset: problem.dataset.name,
    optimizer: cell.optimizer.name,
    hyperparameters: { ...cell.optimizer.hyperparameters },
    label: cell.label,
    engine: cell.engine.name,
    engineInfo: { ...result.engineInfo },
    dtype: problem.dtype,
    seed: cell.seed,
    budget: { ...cell.budget },
    startHash: result.startHash,
    status: result.status,
    reason: result.reason,
    warnings: result.warnings && [...result.warnings],
    output: result.output,
  });
}

function reportTarget(
  { goals }: NonNullable<Cell['target']>,
  curve: readonly CurvePoint[],
): NonNullable<ReportRun['target']> {
  const point = whereReached(curve, goals);
  if (point === null) return { goals: { ...goals }, reached: null };
  const { epoch, iterations, seconds, gradientEquivalents } = point;
  return { goals: { ...goals }, reached: defined({ epoch, iterations, seconds, gradientEquivalents }) };
}

function reportPoint({ metrics, errors, ...point }: CurvePoint): ReportRun['curve'][number] {
  return { ...point, ...defined({ errors: errors && { ...errors }, metrics: metrics && { ...metrics } }) };
}
