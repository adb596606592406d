// The task of making a plan, in the worker that it is sent to: the code of every plugin of the plan runs there.

import { type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import type { Locations } from '../cell/cell.js';
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

/** Of this worker: what one plan has read of the data, the next one does not read again. */
let planner: MakePlan | undefined;

export const planTask: TaskOf<PlanTask> = ({ request, groups, known, locations }) => {
  planner ??= localPlanner(registryOf(known), locations);
  return planner(request, groups);
};
