// Plan and outcomes to the report document.

import {
  REPORT_SCHEMA_VERSION,
  type Report,
  type ReportEnvironment,
  type ReportRun,
} from '@gaussmark/report';
import type { CurvePoint } from './cell/cell.js';
import type { Plan } from './plan/plan.js';
import type { CellOutcome } from './run-plan.js';
import { VERSION } from './version.js';

/** What a report holds besides its plan and its runs. */
export interface ReportFrame {
  readonly title: string;
  readonly created: Date;
  readonly command: readonly string[];
  readonly environment: ReportEnvironment;
}

/** The document of the cells that have ended; cells still to come are not in it. */
export function assembleReport(plan: Plan, outcomes: readonly CellOutcome[], frame: ReportFrame): Report {
  return {
    schemaVersion: REPORT_SCHEMA_VERSION,
    created: frame.created.toISOString(),
    tool: { name: 'gaussmark', version: VERSION },
    title: frame.title,
    ...(plan.profile === undefined ? {} : { profile: plan.profile }),
    command: [...frame.command],
    environment: frame.environment,
    problems: [...plan.problems],
    runs: outcomes.map(reportRun),
    skipped: [...plan.skipped],
    ...(plan.published === undefined ? {} : { published: plan.published }),
  };
}

function reportRun({ cell, result }: CellOutcome): ReportRun {
  const { problem } = cell;
  return {
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
    status: result.status,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    curve: result.curve.map(reportPoint),
    steps: { ...result.steps },
    ...(result.cg === undefined ? {} : { cg: { ...result.cg } }),
    seconds: { ...result.seconds },
  };
}

function reportPoint({ metrics, ...point }: CurvePoint): ReportRun['curve'][number] {
  return { ...point, ...(metrics === undefined ? {} : { metrics: { ...metrics } }) };
}
