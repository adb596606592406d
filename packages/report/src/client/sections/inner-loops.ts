// The loops inside steps: how many iterations they take, what one costs and which share of a step they are.

import { formatNumber } from '@gaussmark/analysis/words';
import type { PageData, PageInnerLoop } from '../../page-data.js';
import { createChart } from '../chart.js';
import { type CostUnit, costChart, costHeight } from '../charts/costs.js';
import { anchorOf, breakable, element } from '../dom.js';
import type { ColoursOf } from '../palette.js';
import { tableElement } from '../table.js';

/** Bars of a chart; the table has all. */
const MOST_BARS = 16;

const PERCENT: CostUnit = {
  format: (value) => `${formatNumber(value)} %`,
  tick: () => (value) => `${value} %`,
  spread: '95 % interval',
};

export function innerLoopsSection({ innerLoops }: PageData, coloursOf: ColoursOf): HTMLElement {
  return element(
    'section',
    { id: 'inner-loops', 'aria-labelledby': 'inner-loops-title' },
    element('h2', { id: 'inner-loops-title' }, 'Inner loops'),
    element(
      'p',
      { class: 'hint' },
      'How many iterations the loop inside a step takes, what one costs, and which share of the step they are. Each problem shows how they change over training.',
    ),
    ...innerLoops.map((one) => article(one, coloursOf)),
  );
}

function article({ title, iteration, rows, table, index }: PageInnerLoop, coloursOf: ColoursOf): HTMLElement {
  const shares = rows
    .flatMap(({ name, share, shareByLine }) =>
      share === null
        ? []
        : [
            {
              name,
              value: 100 * share.value,
              low: share.low === null ? null : 100 * share.low,
              high: share.high === null ? null : 100 * share.high,
              note: '',
              ...(shareByLine === null ? {} : { mark: 100 * shareByLine }),
            },
          ],
    )
    .slice(0, MOST_BARS);
  const lined = shares.some((share) => 'mark' in share);
  return element(
    'article',
    { class: 'comparison' },
    element('h3', {}, element('a', { href: `#${anchorOf(index)}` }, breakable(title))),
    tableElement(`Inner loops on ${title}`, table, { coloursOf, pageSize: 30 }),
    shares.length === 0
      ? null
      : element(
          'figure',
          { class: 'profile' },
          element(
            'figcaption',
            {},
            `Share of ${iteration.many} in a step${lined ? ' (stroke: by the line through the steps)' : ''}`,
          ),
          createChart(
            {
              description: `Share of ${iteration.many} in a step on ${title}; the values are in the table.`,
              height: costHeight(shares.length),
              build: (style) => costChart(shares, style, PERCENT),
            },
            coloursOf,
          ).element,
        ),
  );
}
