// The snapshot in a report's runs: their hard measures and the median times of their steps.

import type { Report, ReportRun } from '@gaussmark/analysis';
import {
  type Direction,
  type Measure,
  machineClass,
  measureId,
  SNAPSHOT_FORMAT,
  SNAPSHOT_SCHEMA_VERSION,
  type Snapshot,
} from './snapshot.js';

/** The tolerance of losses: equal code gives equal bits on one machine, but may round differently on another. */
const LOSS_TOLERANCE = { relative: 1e-9, absolute: 0 };

/**
 * A report as a snapshot. Hard: losses at the end of a run, its steps and inner iterations, iterations to its target. Timed: the
 * median time of a step, without samples.
 */
export function snapshotOfReport(report: Report): Snapshot {
  const { environment } = report;
  const engineInfo = report.runs[0]?.engineInfo ?? {};
  return {
    format: SNAPSHOT_FORMAT,
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    created: report.created,
    tool: report.tool.version,
    revision: { commit: environment.gitCommit, dirty: environment.gitDirty, subject: null, date: null },
    machine: { class: machineClass(environment, engineInfo), environment },
    suite: {
      profile: report.profile ?? report.title,
      cells: report.runs.map((run) => ({
        problem: run.problem,
        optimizer: `${run.label} seed ${run.seed}`,
        engine: run.engine,
        steps: run.steps.count,
        settings: run.hyperparameters,
      })),
      skipped: report.skipped.map(({ problem, optimizer, reason }) => ({
        problem,
        reason: `${optimizer}: ${reason}`,
      })),
    },
    measures: report.runs.flatMap(measuresOf),
  };
}

function measuresOf(run: ReportRun): Measure[] {
  const optimizer = `${run.label} seed ${run.seed}`;
  const make = (
    quantity: string,
    value: number | null,
    rest: Partial<Pick<Measure, 'tier' | 'unit' | 'better' | 'tolerance' | 'clock'>> = {},
  ): Measure => {
    const named = { problem: run.problem, optimizer, quantity };
    return { id: measureId(named), ...named, tier: 'hard', unit: '', better: 'lower', value, ...rest };
  };
  const last = run.curve.at(-1);
  const same: { better: Direction } = { better: 'same' };
  return [
    make('iterations', run.steps.count, same),
    ...(last === undefined
      ? []
      : [
          make('final training loss', last.trainLoss, { tolerance: LOSS_TOLERANCE }),
          make('final test loss', last.testLoss, { tolerance: LOSS_TOLERANCE }),
          ...(last.testAccuracy == null
            ? []
            : [
                make('final test accuracy', last.testAccuracy, {
                  better: 'higher',
                  tolerance: LOSS_TOLERANCE,
                }),
              ]),
        ]),
    ...(run.innerLoop === undefined
      ? []
      : [make(run.innerLoop.iteration.many, run.innerLoop.iterationsTotal)]),
    ...(run.target === undefined
      ? []
      : [make('iterations to target', run.target.reached?.iterations ?? null)]),
    ...(run.steps.secondsMedian === null
      ? []
      : [make('time of a step', run.steps.secondsMedian, { tier: 'timed', unit: 's', clock: 'wall' })]),
  ];
}
