// Traces an optimizer's step in a worker: the command's process runs no plugin.

import type { Cell, Locations } from '@gaussmark/cell';
import { PARAMETER_ROLES, type Registry } from '@gaussmark/core';
import {
  AMOUNT,
  COUNT,
  closed,
  knownPlugins,
  listOf,
  objectOf,
  oneOf,
  type PluginHost,
  SIZE,
  TEXT,
  task,
} from '@gaussmark/worker';
import type { TracedOptimizer } from './trace-optimizer.js';
import type { TraceTask } from './trace-task.js';

const COST = { flops: AMOUNT, bytes: AMOUNT };

const TRACE = task<TraceTask>(new URL('./trace-task.js', import.meta.url), 'traceTask', {
  result: closed(
    objectOf({
      batchSize: SIZE,
      parameters: listOf(objectOf({ path: TEXT, shape: listOf(SIZE), role: oneOf(...PARAMETER_ROLES) })),
      text: TEXT,
      initText: TEXT,
      outputs: listOf(TEXT),
      equations: COUNT,
      cost: objectOf(COST),
      primitives: listOf(objectOf({ primitive: TEXT, count: COUNT, flops: AMOUNT })),
      sites: listOf(objectOf({ kind: oneOf('loop', 'branch'), name: TEXT, ...COST })),
    }),
  ),
});

/** The program of a cell's step: {@link TracedOptimizer}, made in the host's worker. */
export function traceIn(
  host: PluginHost,
  cell: Cell,
  registry: Registry,
  locations: Locations,
): Promise<TracedOptimizer> {
  return host.ask(TRACE, { cell, known: knownPlugins(registry), locations });
}
