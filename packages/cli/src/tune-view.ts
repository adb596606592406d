// Tuning on the terminal: its plan and its results.

import { type Report, targetOf } from '@gaussmark/analysis';
import { goalWords, targetSentence } from '@gaussmark/analysis/words';
import type { Decision, Forecast } from '@gaussmark/harness';
import { tuningTables } from '@gaussmark/report';
import { type TuningPlan, trialsOf } from '@gaussmark/tuning';
import { brokenRuns, headline } from './leaderboard-view.js';
import { wrap } from './paragraph.js';
import { budgetText } from './plan-view.js';
import { formatDuration } from './quantities.js';
import { renderTable, type Viewport } from './table.js';

/** Each problem with its trials, results and comparisons; then skipped and failed runs. */
export function renderTuning(report: Report, viewport: Viewport): string {
  const { columns, colors } = viewport;
  const parts = report.problems.flatMap(({ name, title }) => {
    const tables = (report.tuning ?? []).flatMap((tuning) => tuningTables(tuning, name));
    if (tables.length === 0) return [];
    const target = targetOf(
      report.runs.filter(({ problem }) => problem === name),
      null,
    );
    return [
      headline(title ?? name, viewport),
      ...(target === null ? [] : [wrap(targetSentence(target), columns, '  ')]),
      ...tables.map(({ title, columns: titles, rows, notes }) =>
        [
          wrap(title, columns, '  '),
          renderTable(
            titles,
            rows.map((cells) => cells.map(joined)),
            viewport,
          ),
          ...notes.map((note) => colors.dim(wrap(note, columns, '  '))),
        ].join('\n'),
      ),
    ];
  });
  const skipped = report.skipped.map(({ problem, optimizer, reason }) =>
    wrap(`skipped: ${problem}, ${optimizer}: ${reason}`, columns, '  '),
  );
  const broken = brokenRuns(report).map(({ id, status, reason }) =>
    wrap(`${status}: ${id}: ${reason ?? 'no reason given'}`, columns, '  '),
  );
  return [...parts, ...skipped, ...broken].join('\n\n');
}

/** A cell on one line; its mark goes after the interval. */
function joined({ text, interval }: { readonly text: string; readonly interval: string }): string {
  const [value = '', ...mark] = text.split(/(?= [*~]$)/);
  return interval === '' ? text : `${value} ${interval}${mark.join('')}`;
}

/** What tuning would run. */
export function renderTuningPlan(
  plan: TuningPlan,
  decisions: { readonly trials: readonly Decision[]; readonly untuned: readonly Decision[] },
  times: { readonly trials: Forecast; readonly untuned: Forecast },
  jobs: number,
  viewport: Viewport,
): string {
  const { columns } = viewport;
  const seeds = plan.request.plan.seeds.length;
  const stored = new Map(plan.trials.cells.map(({ id }, i) => [id, decisions.trials[i]!.kind === 'stored']));
  const rows = plan.untuned.problems.flatMap(({ name }) =>
    plan.optimizers.flatMap((optimizer) => {
      const trials = trialsOf(plan, name, optimizer);
      if (trials.length === 0) return [];
      const done = trials.filter(({ cell }) => stored.get(cell.id)).length;
      const { budget, target } = trials[0]!.cell;
      return [
        [
          name,
          optimizer.selection,
          budgetText(budget),
          target === undefined ? '–' : goalWords(target.goals),
          String(trials.length),
          String(done),
          `${2 * seeds}`,
        ],
      ];
    }),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  const table = renderTable(
    [
      { title: 'problem' },
      { title: 'optimizer' },
      { title: 'budget' },
      { title: 'target' },
      right('trials'),
      right('stored'),
      right('final runs'),
    ],
    rows,
    viewport,
  );
  const spaces = plan.optimizers.map(({ selection, space }) => {
    const dimensions = Object.entries(space).map(([name, dimension]) => `${name} ${describe(dimension)}`);
    return wrap(`${selection}: ${dimensions.join('; ')}`, columns, '  ');
  });
  const skipped = plan.untuned.skipped.map(({ problem, optimizer, reason }) =>
    wrap(`skipped: ${problem}, ${optimizer}: ${reason}`, columns, '  '),
  );
  // Assumes that tuned runs take as long as untuned ones.
  const seconds = (times.trials.seconds + 2 * times.untuned.seconds) / jobs;
  const guessed = times.trials.guessed + times.untuned.guessed > 0 ? ', a rough guess' : '';
  return [
    table,
    '',
    ...spaces,
    ...skipped,
    '',
    wrap(`about ${formatDuration(seconds)}${guessed}; nothing ran (--dry-run)`, columns, ''),
  ].join('\n');
}

function describe(dimension: TuningPlan['optimizers'][number]['space'][string]): string {
  return dimension.scale === 'categorical'
    ? dimension.values.map((value) => JSON.stringify(value)).join(', ')
    : `${dimension.low} to ${dimension.high} (${dimension.scale})`;
}
