// The comparison with published results: curves over each other, and what agrees with what.

import type { Agreement } from '@gaussmark/analysis';
import { defined } from '@gaussmark/core/defined';
import type { PageData, PageProblem, PageReproduction } from '../../page-data.js';
import {
  AGREEMENT_WORDS,
  costSentence,
  REPRODUCTION_COLUMNS,
  type ReproductionRow,
  reproductionRows,
} from '../../reproduction-table.js';
import { createChart } from '../chart.js';
import { type CurveView, curveInput, publishedLine } from '../charts/curves.js';
import { lineChart } from '../charts/lines.js';
import { breakable, element } from '../dom.js';
import { legend, type Selection } from '../legend.js';
import type { ColoursOf } from '../palette.js';
import { createStore } from '../store.js';
import { createTable } from '../table.js';

/** Epochs on a logarithmic axis: the published curves are complete at the start, where most happens. */
const VIEW: CurveView = { x: 'epoch', logX: true, logY: true };
const HEIGHT = 320;

export function reproductionSection(
  reproduction: PageReproduction,
  { problems }: PageData,
  coloursOf: ColoursOf,
): HTMLElement {
  const { title, source, tally } = reproduction;
  const counts = (Object.keys(AGREEMENT_WORDS) as Agreement[])
    .filter((agreement) => tally[agreement] > 0)
    .map((agreement) => `${tally[agreement]} ${AGREEMENT_WORDS[agreement]}`);
  return element(
    'section',
    { id: 'reproduction', 'aria-labelledby': 'reproduction-title' },
    element('h2', { id: 'reproduction-title' }, `Reproduction of ${title}`),
    element(
      'p',
      { class: 'lede' },
      counts.length === 0 ? 'Nothing to compare yet.' : `${counts.join(', ')}.`,
    ),
    element('p', { class: 'hint' }, source),
    element(
      'p',
      { class: 'hint' },
      'Agree: the means differ by at most 2 % or the published standard deviation over seeds. Agree (2 sd): by at most twice both deviations combined. For later epochs without a published deviation that of the final value counts, in proportion. Solid lines are runs here, dotted ones are published.',
    ),
    ...reproduction.problems.map((one) =>
      comparison(one, problems.find(({ facts }) => facts.name === one.problem)!, coloursOf),
    ),
  );
}

function comparison(
  reproduction: PageReproduction['problems'][number],
  problem: PageProblem,
  coloursOf: ColoursOf,
): HTMLElement {
  const { obstacle, configurations, note, missing } = reproduction;
  if (obstacle !== null) {
    return element(
      'article',
      {},
      element('h3', {}, breakable(problem.board.title)),
      element('p', { class: 'hint' }, `Not compared: ${obstacle}.`),
    );
  }
  // A page of very many settings has curves of the best ones only.
  const series = configurations.flatMap(({ name }) => problem.series.find((one) => one.name === name) ?? []);
  const selection = createStore<Selection>({ hidden: new Set(), focus: null });
  const chart = createChart(
    {
      description: `Train loss on ${problem.board.title} by epoch, here and as published; the values are in the table below.`,
      height: HEIGHT,
      build: (style) => {
        const { hidden, focus } = selection.get();
        const input = curveInput(
          series.filter(({ name }) => !hidden.has(name)),
          'trainLoss',
          VIEW,
          focus,
        );
        const published = configurations
          .filter(({ name, publishedCurve }) => !hidden.has(name) && publishedCurve.length > 0)
          .map(({ name, publishedCurve }) => publishedLine(name, publishedCurve));
        return lineChart({ ...input, lines: [...input.lines, ...published] }, style);
      },
    },
    coloursOf,
  );
  selection.watch(() => chart.redraw());
  const remarks = [
    costSentence(reproduction),
    note,
    missing.length === 0 ? null : `Published and not run here: ${missing.join(', ')}.`,
  ].filter((remark) => remark !== null);
  return element(
    'article',
    { class: 'comparison' },
    element('h3', {}, breakable(problem.board.title)),
    ...(configurations.length === 0
      ? []
      : [
          element('div', { class: 'toolbar' }, legend(series, selection, coloursOf)),
          element('figure', {}, element('figcaption', {}, 'Train loss'), chart.element),
          comparisonTable(reproduction, problem.board.title),
        ]),
    element('ul', { class: 'notes' }, ...remarks.map((remark) => element('li', {}, remark))),
  );
}

function comparisonTable(reproduction: PageReproduction['problems'][number], title: string): HTMLElement {
  // A column without a title says of the one before it whether it agrees: here below its numbers.
  const table = createTable<ReproductionRow>(
    `${title}: here and as published`,
    REPRODUCTION_COLUMNS.flatMap(({ title, explanation, align }, column) => {
      if (title === '') return [];
      const isJudged = REPRODUCTION_COLUMNS[column + 1]?.title === '';
      return [
        {
          title,
          align,
          ...defined({ explanation }),
          cell: ({ cells }: ReproductionRow) => {
            const { text, agreement } = cells[column]!;
            if (isJudged) return judgedCell(text, cells[column + 1]!);
            return agreement === null ? text : element('span', { class: `agreement ${agreement}` }, text);
          },
        },
      ];
    }),
  );
  table.show(reproductionRows(reproduction));
  return table.element;
}

function judgedCell(
  text: string,
  { text: words, agreement }: ReproductionRow['cells'][number],
): string | Node {
  if (agreement === null) return text;
  return element(
    'span',
    { class: 'estimate' },
    text,
    element('span', { class: `agreement ${agreement} below` }, words),
  );
}
