// The comparison with published results: curves and a table of agreement.

import type { Agreement } from '@gaussmark/analysis';
import type { PageData, PageProblem, PageReproduction } from '../../page-data.js';
import { AGREEMENT_WORDS, reproductionRemarks, reproductionTable } from '../../reproduction-table.js';
import { createChart } from '../chart.js';
import { type CurveView, curveInput, publishedLine } from '../charts/curves.js';
import { lineChart } from '../charts/lines.js';
import { breakable, element } from '../dom.js';
import { article, figure, hint, notesList, section } from '../layout.js';
import { legend, type Selection } from '../legend.js';
import type { ColoursOf } from '../palette.js';
import { createStore } from '../store.js';
import { tableElement } from '../table.js';

/** Logarithmic epochs: published curves are complete at the start, where most happens. */
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
  return section(
    'reproduction',
    `Reproduction of ${title}`,
    element('p', { class: 'lede' }, counts.length === 0 ? 'Nothing to compare.' : `${counts.join(', ')}.`),
    hint(source),
    hint(
      'Agree: the means differ by at most 2 % or one published standard deviation over seeds. Agree (2 sd): by at most twice the combined deviation. Epochs without a published deviation use that of the final value, in proportion. Solid lines show these runs, dotted lines the published ones.',
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
  const { obstacle, configurations } = reproduction;
  const title = breakable(problem.board.title);
  if (obstacle !== null) return article(title, hint(`Not compared: ${obstacle}.`));
  // With very many settings only the best have curves.
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
  return article(
    title,
    ...(configurations.length === 0
      ? []
      : [
          element('div', { class: 'toolbar' }, legend(series, selection, coloursOf)),
          figure('Train loss', chart.element),
          tableElement(`${problem.board.title}: here and as published`, reproductionTable(reproduction)),
        ]),
    notesList(reproductionRemarks(reproduction)),
  );
}
