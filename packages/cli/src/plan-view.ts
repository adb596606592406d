// A plan on the terminal: what would run, what is stored or skipped, and how long it takes.

import { formatQuantity } from '@gaussmark/analysis/words';
import type { Budget } from '@gaussmark/cell';
import { formatInterval } from '@gaussmark/core';
import type { Decision, Forecast, Plan } from '@gaussmark/harness';
import { wrap } from './paragraph.js';
import { storedCount } from './plan-runner.js';
import { formatDuration } from './quantities.js';
import { renderTable, type Viewport } from './table.js';

export function renderPlan(
  plan: Plan,
  decisions: readonly Decision[],
  { seconds, guessed }: Forecast,
  jobs: number,
  viewport: Viewport,
): string {
  const skipped = plan.skipped.map(({ problem, optimizer, reason }) =>
    wrap(`skipped: ${problem}, ${optimizer}: ${reason}`, viewport.columns, '  '),
  );
  const stored = storedCount(decisions);
  const left = plan.cells.length - stored;
  const basis =
    guessed === 0
      ? 'from stored runs of these problems'
      : guessed === left
        ? 'a rough guess from network sizes'
        : `${formatQuantity(guessed, 'run')} guessed from network sizes`;
  const time = left === 0 ? [] : [`about ${formatDuration(seconds / jobs)} (${basis})`];
  const total = [
    formatQuantity(plan.cells.length, 'run'),
    ...(stored === 0 ? [] : [`${stored} stored, ${left} to run`]),
    ...time,
    'nothing ran (--dry-run)',
  ];
  return [
    tableOf(plan, decisions, viewport),
    ...skipped,
    '',
    wrap(total.join('; '), viewport.columns, ''),
  ].join('\n');
}

function tableOf(plan: Plan, decisions: readonly Decision[], viewport: Viewport): string {
  const shortened = new Map(
    plan.problems.map(({ name, batchSize, requestedBatchSize }) => [
      name,
      requestedBatchSize === undefined ? '' : `, batch size ${batchSize} (the whole training set)`,
    ]),
  );
  const groups = new Map<string, { row: string[]; count: number; stored: number }>();
  for (const [i, { problem, label, budget, evaluateEvery }] of plan.cells.entries()) {
    const interval = evaluateEvery === undefined ? '' : `, evaluated every ${formatInterval(evaluateEvery)}`;
    const row = [
      problem.name,
      label,
      problem.dtype,
      budgetText(budget) + interval + (shortened.get(problem.name) ?? ''),
    ];
    const key = row.join('\n');
    const group = groups.get(key) ?? { row, count: 0, stored: 0 };
    group.count += 1;
    if (decisions[i]!.kind === 'stored') group.stored += 1;
    groups.set(key, group);
  }
  const hasStored = [...groups.values()].some(({ stored }) => stored > 0);
  const rows = [...groups.values()].map(({ row, count, stored }) => [
    ...row,
    String(count),
    ...(hasStored ? [String(stored)] : []),
  ]);
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'problem' },
    { title: 'optimizer' },
    { title: 'dtype' },
    { title: 'budget' },
    right('runs'),
    ...(hasStored ? [right('stored')] : []),
  ];
  return renderTable(columns, rows, viewport);
}

const UNITS: Readonly<Record<keyof Budget, string>> = {
  epochs: 'epoch',
  steps: 'step',
  seconds: 'second',
  gradientEquivalents: 'gradient-equivalent',
};

/** `1 epoch`, `200 epochs or 1450 gradient-equivalents`. */
export function budgetText(budget: Budget): string {
  const limits = (Object.keys(UNITS) as (keyof Budget)[]).flatMap((unit) => {
    const limit = budget[unit];
    return limit === undefined ? [] : [formatQuantity(limit, UNITS[unit])];
  });
  return limits.join(' or ');
}
