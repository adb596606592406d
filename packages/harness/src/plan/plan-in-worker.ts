// Plans made in a worker: no code of a plugin runs in the process of the command.

import { planIssues } from '@gaussmark/analysis';
import { defined, type Issue, type Registry, validator } from '@gaussmark/core';
import { knownPlugins, type PluginHost, SCALARS, TEXT, task } from '@gaussmark/worker';
import type { Locations } from '../cell/cell.js';
import type { MakePlan, Plan } from './plan.js';
import type { PlanTask } from './plan-task.js';

export const PLAN = task<PlanTask>(new URL('./plan-task.js', import.meta.url), 'planTask');

/** Makes plans in a worker of the host; data that one plan has read, the next one does not read again. */
export function plannerIn(host: PluginHost, registry: Registry, locations: Locations): MakePlan {
  const known = knownPlugins(registry);
  return (request, groups) =>
    host.ask(PLAN, defined({ request, known, locations, groups }), { result: issuesOf });
}

const SIZE = { type: 'integer', minimum: 1 } as const;
const VALUES = { type: 'object' } as const;
const CHOICE = {
  type: 'object',
  properties: { name: TEXT, hyperparameters: VALUES },
  required: ['name', 'hyperparameters'],
  additionalProperties: false,
} as const;

const shapeIssues = validator({
  type: 'object',
  properties: {
    profile: TEXT,
    title: TEXT,
    cells: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: TEXT,
          problem: {
            type: 'object',
            properties: {
              name: TEXT,
              title: TEXT,
              batchSize: SIZE,
              dataset: CHOICE,
              model: CHOICE,
              loss: TEXT,
              dtype: { enum: ['float32', 'float64'] },
            },
            required: ['name', 'batchSize', 'dataset', 'model', 'loss', 'dtype'],
          },
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
        },
        required: ['id', 'problem', 'optimizer', 'label', 'engine', 'engineLabel', 'seed', 'budget'],
      },
    },
    problems: { type: 'array' },
    skipped: { type: 'array' },
    ofAllShards: { type: 'integer', minimum: 0 },
    baseline: TEXT,
    published: VALUES,
    engines: { type: 'object', additionalProperties: SCALARS },
  },
  required: ['title', 'cells', 'problems', 'skipped', 'engines'],
});

/** What is wrong with a plan that a worker told. */
function issuesOf(plan: unknown): Issue[] {
  const issues = shapeIssues(plan);
  return issues.length > 0 ? issues : planIssues(plan as Plan);
}
