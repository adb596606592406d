// Plans made in a worker: the command's process runs no plugin.

import { planIssues } from '@gaussmark/analysis';
import type { Locations } from '@gaussmark/cell';
import { defined, type Issue, type Registry, validator } from '@gaussmark/core';
import {
  COUNT,
  closed,
  knownPlugins,
  listOf,
  objectOf,
  oneOf,
  type PluginHost,
  SCALARS,
  SIZE,
  TEXT,
  task,
} from '@gaussmark/worker';
import type { MakePlan, Plan } from './plan.js';
import type { PlanTask } from './plan-task.js';

const ANY = {};
const OBJECT = { type: 'object' };
const CHOICE = closed(objectOf({ name: TEXT, hyperparameters: OBJECT }));

const CELL = objectOf({
  id: TEXT,
  problem: objectOf(
    {
      name: TEXT,
      batchSize: SIZE,
      dataset: CHOICE,
      model: CHOICE,
      loss: TEXT,
      dtype: oneOf('float32', 'float64'),
    },
    { title: TEXT },
  ),
  optimizer: CHOICE,
  label: TEXT,
  engine: CHOICE,
  engineLabel: TEXT,
  seed: { type: 'integer' },
  budget: {
    type: 'object',
    minProperties: 1,
    additionalProperties: { type: 'number', exclusiveMinimum: 0 },
  },
});

const CHOSEN = closed(
  objectOf({
    problem: TEXT,
    engine: TEXT,
    seconds: { type: 'object', additionalProperties: { type: 'number', exclusiveMinimum: 0 } },
  }),
);

const shapeIssues = validator(
  objectOf(
    {
      title: TEXT,
      cells: listOf(CELL),
      problems: listOf(ANY),
      skipped: listOf(ANY),
      engines: { type: 'object', additionalProperties: SCALARS },
    },
    { profile: TEXT, ofAllShards: COUNT, baseline: TEXT, published: OBJECT, engineChoices: listOf(CHOSEN) },
  ),
);

export const PLAN = task<PlanTask>(new URL('./plan-task.js', import.meta.url), 'planTask', {
  result: planMessageIssues,
});

/** Makes plans in the host's worker. Data read for one plan is not read again for the next. */
export function plannerIn(host: PluginHost, registry: Registry, locations: Locations): MakePlan {
  const known = knownPlugins(registry);
  return (request, groups) => host.ask(PLAN, defined({ request, known, locations, groups }));
}

function planMessageIssues(plan: unknown): Issue[] {
  const issues = shapeIssues(plan);
  return issues.length > 0 ? issues : planIssues(plan as Plan);
}
