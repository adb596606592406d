// Threads are part of a run's identity and default to what a machine has: a grid fixes them when it is submitted.

import type { MakePlan, Plan, PlanRequest } from '@gaussmark/harness';

/** A plan whose engines name their threads: those of this machine where the request leaves them open. */
export async function planWithThreads(planner: MakePlan, request: PlanRequest): Promise<Plan> {
  const plan = await planner(request);
  const threads = openThreads(plan);
  return threads === undefined ? plan : planner({ ...request, threads });
}

/** The threads that engines would choose by themselves; undefined if every engine of the plan names its own. */
function openThreads({ cells, engines }: Plan): number | undefined {
  const chosen = cells.flatMap(({ engine: { hyperparameters }, engineLabel }) => {
    const { threads } = engines[engineLabel] ?? {};
    const isOpen = 'threads' in hyperparameters && hyperparameters.threads !== threads;
    return isOpen && typeof threads === 'number' ? [threads] : [];
  });
  return chosen.length === 0 ? undefined : Math.max(...chosen);
}
