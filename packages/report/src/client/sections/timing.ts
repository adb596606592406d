// The cost of the parts of a step: bars in gradients, step times by iterations, the roofline, a table.

import type { TimingCost, TimingSuite } from '@gaussmark/analysis';
import {
  formatNumber,
  formatSeconds,
  iterationWords,
  numberCell,
  numberColumn,
  textColumn,
  textTable,
} from '@gaussmark/analysis/words';
import { timingTable } from '../../timing-table.js';
import type { ChartSpec } from '../chart.js';
import { type CostUnit, costChart, costHeight } from '../charts/costs.js';
import { rooflineChart } from '../charts/roofline.js';
import { stepLineChart } from '../charts/step-line.js';
import { breakable, element } from '../dom.js';
import { article, chartElement, figure, hint, notesList, section } from '../layout.js';
import { type ColoursOf, type Member, memberColours } from '../palette.js';
import { tableElement } from '../table.js';

const CHART_HEIGHT = 260;

const GRADIENTS: CostUnit = {
  format: (value) => formatNumber(value),
  tick: () => (value) => `${Number(value.toPrecision(6))}×`,
  spread: '95 % interval',
};

export const timingSection = (suites: readonly TimingSuite[]): HTMLElement =>
  section(
    'timing',
    'Cost of the parts of a step',
    hint(
      'Every part runs once per round, in random order, and is compared within rounds: medians over rounds with 95 % intervals. The cost of an inner iteration is the difference between steps with more and with fewer iterations.',
    ),
    ...suites.map(suiteArticle),
  );

function suiteArticle(suite: TimingSuite): HTMLElement {
  const { costs, lines } = suite;
  const table = timingTable(suite);
  const { title, notes, warning } = table;
  const coloursOf = coloursOfSuite(suite);
  const chart = (caption: string, description: string, build: ChartSpec['build'], height = CHART_HEIGHT) =>
    figure(caption, chartElement({ description: `${description} on ${title}.`, height, build }, coloursOf));
  const { many } = iterationWords(lines.map(({ iteration }) => iteration));
  const published = lines.some((line) => line.published !== undefined);
  // Steps with many inner iterations would dwarf the parts; the next chart shows them.
  const parts = costs.filter(({ innerIterations }) => innerIterations === undefined);
  const gradient = costs.find(({ kind }) => kind === 'gradient');
  const bars = parts.map(({ name, gradients: { value, low, high }, flops }) => ({
    name,
    value,
    low,
    high,
    note: '',
    ...(gradient !== undefined && gradient.flops > 0 && { mark: flops / gradient.flops }),
  }));
  return article(
    breakable(title),
    warning === null ? null : element('p', { class: 'notice' }, warning),
    element(
      'div',
      { class: 'figures curves-3' },
      chart(
        'Cost in gradients (stroke: expected from operations alone)',
        'Cost in gradients',
        (style) => costChart(bars, style, GRADIENTS),
        costHeight(bars.length),
      ),
      lines.length === 0
        ? null
        : chart(
            `Cost of a step with n ${many}, in baseline steps${published ? ' (dotted: published)' : ''}`,
            `Time of a step by its ${many}`,
            (style) => stepLineChart(lines, style),
          ),
      chart('GFLOP/s under the roofline', 'Operations per second by operations per byte', (style) =>
        rooflineChart(suite, style),
      ),
    ),
    tableElement(title, table),
    notesList(notes),
    productDetails(suite),
  );
}

/** The single operations that determine the peak. */
function productDetails({ peak: { products } }: TimingSuite): HTMLElement {
  const table = textTable<TimingSuite['peak']['products'][number]>(
    [
      textColumn('operation', ({ name }) => name),
      textColumn('part of the gradient', ({ own }) => (own ? 'yes' : 'no')),
      numberColumn('time', ({ seconds }) => numberCell(seconds.value, formatSeconds)),
      numberColumn('GFLOP/s', ({ flopsPerSecond }) => numberCell(flopsPerSecond / 1e9)),
    ],
    products,
  );
  return element(
    'details',
    {},
    element('summary', {}, 'Single operations (the fastest defines the peak)'),
    tableElement('Single operations', table),
  );
}

/** One family for inner loops, one for the baseline's step, one for the parts that both share. */
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
