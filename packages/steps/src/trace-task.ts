// The worker task that traces an optimizer's step.

import type { Cell, Locations } from '@gaussmark/cell';
import { callPlugin, type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import { type TracedOptimizer, traceOptimizer } from './trace-optimizer.js';

export interface TraceTask {
  readonly input: { readonly cell: Cell; readonly known: KnownPlugins; readonly locations: Locations };
  readonly event: never;
  readonly result: TracedOptimizer;
}

export const traceTask: TaskOf<TraceTask> = ({ cell, known, locations }) =>
  callPlugin('optimizer', cell.optimizer.name, () => traceOptimizer(cell, registryOf(known), locations));
