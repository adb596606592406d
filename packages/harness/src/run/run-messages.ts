// Validates the messages of a run's worker: events and result must fit into a report.

import { pointIssues, runIssues } from '@gaussmark/analysis';
import type { Cell, CellResult, CurvePoint } from '@gaussmark/cell';
import { type Issue, validator } from '@gaussmark/core';
import { reportRun } from '../document/assemble.js';

const COUNT = { type: 'integer', minimum: 0 } as const;
const SIZE = { type: 'integer', minimum: 1 } as const;
const MEASURE = { type: ['number', 'null'] } as const;

const otherEventIssues = validator({
  anyOf: [
    {
      type: 'object',
      properties: { type: { const: 'phase' }, phase: { enum: ['load', 'compile', 'train'] } },
      required: ['type', 'phase'],
    },
    {
      type: 'object',
      properties: {
        type: { const: 'progress' },
        fraction: { type: 'number', minimum: 0, maximum: 1 },
        iterations: COUNT,
      },
      required: ['type', 'fraction', 'iterations'],
    },
  ],
});

const validationIssues = validator({
  type: 'object',
  properties: { validationLoss: MEASURE, validationAccuracy: MEASURE },
});

/** The issues of an event. A point must be valid in a report and follow the previous one. */
export function eventIssues(event: unknown, before: CurvePoint | undefined): Issue[] {
  const { type, point } = (event ?? {}) as { readonly type?: unknown; readonly point?: unknown };
  if (type !== 'point') return otherEventIssues(event);
  const issues = validationIssues(point);
  return issues.length > 0 ? issues : pointIssues(tested(point as CurvePoint), before);
}

/** A point without the fields of trials, which are not in reports. */
function tested({ validationLoss: _, validationAccuracy: __, ...point }: CurvePoint): CurvePoint {
  return point;
}

const ownIssues = validator({
  type: 'object',
  properties: {
    status: { enum: ['done', 'target-reached', 'budget', 'diverged', 'skipped'] },
    cpuSeconds: { type: 'number', minimum: 0 },
    facts: {
      type: 'object',
      properties: {
        trainSize: SIZE,
        testSize: SIZE,
        validationSize: SIZE,
        parameterCount: COUNT,
        stepsPerEpoch: SIZE,
      },
      required: ['trainSize', 'parameterCount', 'stepsPerEpoch'],
    },
  },
  required: ['status'],
});

/** The issues of a cell's result, given its curve. */
export function resultIssues(result: unknown, cell: Cell, curve: readonly CurvePoint[]): Issue[] {
  const issues = ownIssues(result);
  if (issues.length > 0) return issues;
  const whole = { ...(result as CellResult), curve: curve.map(tested) };
  try {
    return runIssues(reportRun({ cell, result: whole }));
  } catch (error) {
    return [{ pointer: '', problem: `it does not fit into a report: ${(error as Error).message}` }];
  }
}
