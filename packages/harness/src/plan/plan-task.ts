// The task that makes a plan, in a worker: it runs code of every plugin in the plan.

import type { Locations } from '@gaussmark/cell';
import { type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import { localPlanner, type MakePlan, type Plan } from './plan.js';
import type { Group, PlanRequest } from './request.js';

export interface PlanTask {
  readonly input: {
    readonly request: PlanRequest;
    readonly groups?: readonly Group[];
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: never;
  readonly result: Plan;
}

/** Kept for this worker's later plans, which need not read the same data again. */
let planner: MakePlan | undefined;

export const planTask: TaskOf<PlanTask> = ({ request, groups, known, locations }) => {
  planner ??= localPlanner(registryOf(known), locations);
  return planner(request, groups);
};
