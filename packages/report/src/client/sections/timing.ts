// What the parts of steps cost, measured by themselves: bars in gradients, the line of step times, the roofline, the table.

import type { TimingCost, TimingSuite } from '@gaussmark/analysis';
import { formatNumber, formatSeconds, iterationWords } from '@gaussmark/analysis/words';
import { numberCell, textCell, textTable } from '../../text-table.js';
import { timingTable } from '../../timing-table.js';
import { createChart } from '../chart.js';
import { type CostUnit, costChart, costHeight } from '../charts/costs.js';
import { rooflineChart } from '../charts/roofline.js';
import { stepLineChart } from '../charts/step-line.js';
import { breakable, element } from '../dom.js';
import { type ColoursOf, type Member, memberColours } from '../palette.js';
import { tableElement } from '../table.js';

const CHART_HEIGHT = 260;

const GRADIENTS: CostUnit = {
  format: (value) => formatNumber(value),
  tick: () => (value) => `${Number(value.toPrecision(6))}×`,
  spread: '95 % interval',
};

export function timingSection(suites: readonly TimingSuite[]): HTMLElement {
  return element(
    'section',
    { id: 'timing', 'aria-labelledby': 'timing-title' },
    element('h2', { id: 'timing-title' }, 'What the parts of a step cost'),
    element(
      'p',
      { class: 'hint' },
      'Everything is run once a round, in an order drawn anew, and compared within rounds: medians over the rounds with 95 % intervals. An inner iteration is the difference between steps with more and with fewer of them.',
    ),
    ...suites.map(suiteArticle),
  );
}

function suiteArticle(suite: TimingSuite): HTMLElement {
  const table = timingTable(suite);
  const { title, notes, warning } = table;
  const coloursOf = coloursOfSuite(suite);
  const { many } = iterationWords(suite.lines.map(({ iteration }) => iteration));
  const published = suite.lines.some((line) => line.published !== undefined);
  const line =
    suite.lines.length === 0
      ? null
      : figure(
          `Baseline steps in a step with n ${many}${published ? ' (dotted: published)' : ''}`,
          createChart(
            {
              description: `Time of a step by its ${many} on ${title}. ${notes[0]}`,
              height: CHART_HEIGHT,
              build: (style) => stepLineChart(suite.lines, style),
            },
            coloursOf,
          ).element,
        );
  return element(
    'article',
    { class: 'comparison' },
    element('h3', {}, breakable(title)),
    warning === null ? null : element('p', { class: 'notice' }, warning),
    element(
      'div',
      { class: 'figures curves-3' },
      figure('Cost in gradients (stroke: by operations alone)', bars(suite, title, coloursOf)),
      line,
      figure(
        'GFLOP/s under the roofline',
        createChart(
          {
            description: `Operations per second by operations per byte on ${title}; the values are in the table below.`,
            height: CHART_HEIGHT,
            build: (style) => rooflineChart(suite, style),
          },
          coloursOf,
        ).element,
      ),
    ),
    tableElement(title, table),
    element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note))),
    productDetails(suite),
  );
}

function figure(title: string, chart: HTMLElement): HTMLElement {
  return element('figure', {}, element('figcaption', {}, title), chart);
}

function bars({ costs }: TimingSuite, title: string, coloursOf: ColoursOf): HTMLElement {
  const gradient = costs.find(({ kind }) => kind === 'gradient');
  // Steps with many inner iterations would dwarf the parts; the chart beside this one has them.
  const shown = costs.filter(({ innerIterations }) => innerIterations === undefined);
  return createChart(
    {
      description: `Cost in gradients on ${title}; the values are in the table below.`,
      height: costHeight(shown.length),
      build: (style) =>
        costChart(
          shown.map(({ name, gradients, flops }) => ({
            name,
            value: gradients.value,
            low: gradients.low,
            high: gradients.high,
            note: '',
            ...(gradient === undefined || gradient.flops === 0 ? {} : { mark: flops / gradient.flops }),
          })),
          style,
          GRADIENTS,
        ),
    },
    coloursOf,
  ).element;
}

/** The operations that were run by themselves. */
function productDetails({ peak: { products } }: TimingSuite): HTMLElement {
  const table = textTable<TimingSuite['peak']['products'][number]>(
    [
      { title: 'operation', align: 'left', cell: ({ name }) => textCell(name) },
      { title: 'part of the gradient', align: 'left', cell: ({ own }) => textCell(own ? 'yes' : 'no') },
      { title: 'time', align: 'right', cell: ({ seconds }) => numberCell(seconds.value, formatSeconds) },
      {
        title: 'GFLOP/s',
        align: 'right',
        cell: ({ flopsPerSecond }) => numberCell(flopsPerSecond / 1e9),
      },
    ],
    products,
  );
  return element(
    'details',
    {},
    element('summary', {}, 'Single operations, of which the fastest is the peak'),
    tableElement('Single operations', table),
  );
}

/** Inner loops in one family, the baseline's step in another, what both are made of in a third. */
function coloursOfSuite({ costs, lines }: TimingSuite): ColoursOf {
  const family = ({ kind }: TimingCost) => (kind === 'forward' || kind === 'gradient' ? 'parts' : undefined);
  const isInner = ({ kind, innerIterations }: TimingCost) =>
    kind === 'ggnProduct' || kind === 'innerIteration' || innerIterations !== undefined;
  const members: Member[] = [
    ...lines.map(({ optimizer, iteration }) => ({ name: optimizer, optimizer: 'inner loop', iteration })),
    ...costs.map((cost) => ({
      name: cost.name,
      optimizer: family(cost) ?? (isInner(cost) ? 'inner loop' : 'whole step'),
      iteration: isInner(cost) ? cost : null,
    })),
  ].sort((a, b) => Number(a.optimizer === 'parts') - Number(b.optimizer === 'parts'));
  return memberColours(members);
}
