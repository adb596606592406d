// Inner loops of steps: the number of iterations, their cost and their share of the step.

import { formatNumber } from '@gaussmark/analysis/words';
import type { PageData, PageInnerLoop } from '../../page-data.js';
import { type Cost, type CostUnit, costChart, costHeight } from '../charts/costs.js';
import { anchorOf, breakable, element } from '../dom.js';
import { article, chartElement, figure, hint, section } from '../layout.js';
import type { ColoursOf } from '../palette.js';
import { tableElement } from '../table.js';

/** Per chart; the table has all rows. */
const MOST_BARS = 16;

const PERCENT: CostUnit = {
  format: (value) => `${formatNumber(value)} %`,
  tick: () => (value) => `${value} %`,
  spread: '95 % interval',
};

export const innerLoopsSection = ({ innerLoops }: PageData, coloursOf: ColoursOf): HTMLElement =>
  section(
    'inner-loops',
    'Inner loops',
    hint(
      'Iterations of the loop inside a step: their number, their cost, and their share of the step. Each problem shows how they change over training.',
    ),
    ...innerLoops.map((problem) => problemArticle(problem, coloursOf)),
  );

function problemArticle(
  { title, iteration, rows, table, index }: PageInnerLoop,
  coloursOf: ColoursOf,
): HTMLElement {
  const percent = (share: number | null) => (share === null ? null : 100 * share);
  const shares = rows
    .flatMap(({ name, share, shareByLine }): Cost[] =>
      share === null
        ? []
        : [
            {
              name,
              value: 100 * share.value,
              low: percent(share.low),
              high: percent(share.high),
              note: '',
              ...(shareByLine !== null && { mark: 100 * shareByLine }),
            },
          ],
    )
    .slice(0, MOST_BARS);
  const isMarked = shares.some(({ mark }) => mark !== undefined);
  return article(
    element('a', { href: `#${anchorOf(index)}` }, breakable(title)),
    tableElement(`Inner loops on ${title}`, table, { coloursOf, pageSize: 30 }),
    shares.length === 0
      ? null
      : figure(
          `Share of ${iteration.many} in a step${isMarked ? ' (stroke: from the line through the steps)' : ''}`,
          chartElement(
            {
              description: `Share of ${iteration.many} in a step on ${title}; the values are in the table.`,
              height: costHeight(shares.length),
              build: (style) => costChart(shares, style, PERCENT),
            },
            coloursOf,
          ),
          { class: 'profile' },
        ),
  );
}
