// The tasks of a measuring process: plan first, then measure what was planned.

import type { Cell, Locations } from '@gaussmark/cell';
import { discover, type JsonValue, type Registry } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { type TaskOf, WatchedRegistry } from '@gaussmark/worker';
import { cover as coverSubject } from './cover.js';
import { observeCell } from './observe.js';
import { planTracking, type TrackingPlan } from './plan-tracking.js';
import type { Questions } from './protocol.js';
import { TimedSubjects } from './timed-subjects.js';

interface Planned {
  readonly registry: Registry;
  readonly locations: Locations;
  readonly plan: TrackingPlan;
}

let planned: Planned | undefined;
let timed: TimedSubjects | undefined;

export const plan: TaskOf<Questions['plan']> = async ({ request, plugins }) => {
  const locations = locationsOf(process.cwd(), plugins);
  const { cacheDirectory: _, ...discovery } = locations;
  const found = await discover(discovery);
  const registry = new WatchedRegistry(found.plugins, found.broken, found.notes);
  const plan = await planTracking(request, registry, locations);
  planned = { registry, locations, plan };
  const first = plan.cells[0]?.cell.engineLabel;
  return {
    cells: plan.cells.map(({ cell, optimizer, steps }) => ({
      problem: cell.problem.name,
      optimizer,
      engine: cell.engineLabel,
      steps,
      settings: settingsOf(cell),
    })),
    skipped: plan.skipped,
    coverage: plan.coverage,
    engineInfo: first === undefined ? {} : plan.engines[first]!,
  };
};

export const observe: TaskOf<Questions['observe']> = async ({ cell }) => {
  const { plan, registry, locations } = demandPlan();
  return observeCell(plan.cells[cell]!, registry, locations);
};

export const cover: TaskOf<Questions['cover']> = async ({ subject }) => {
  const { plan, registry, locations } = demandPlan();
  return coverSubject(plan.coverage[subject]!, registry, locations);
};

export const prepare: TaskOf<Questions['prepare']> = async ({ only }) => {
  const { plan, registry, locations } = demandPlan();
  timed = await TimedSubjects.prepare(plan.cells, registry, locations, only);
  return timed.all;
};

export const turn: TaskOf<Questions['turn']> = async ({ subject, milliseconds }) => {
  if (timed === undefined) throw new Error('internal: a turn before anything is prepared');
  return timed.turn(subject, milliseconds);
};

function demandPlan(): Planned {
  if (planned === undefined) throw new Error('internal: a measurement before its plan');
  return planned;
}

/** All hyperparameters of a cell, those of the model and the dataset with a prefix. */
function settingsOf({ optimizer, problem: { model, dataset } }: Cell): Record<string, JsonValue> {
  return Object.fromEntries(
    [optimizer, model, dataset].flatMap(({ name, hyperparameters }, index) =>
      Object.entries(hyperparameters).map(([key, value]) => [index === 0 ? key : `${name}.${key}`, value]),
    ),
  );
}
