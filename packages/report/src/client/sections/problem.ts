// One problem: its curves, its leaderboard, what its steps cost, and what happened inside them.

import { formatCount, formatFactor } from '../../format.js';
import type { PageProblem, PageSeries } from '../../page-data.js';
import { type Chart, type ColoursOf, createChart } from '../chart.js';
import { type Cost, costChart, costHeight } from '../charts/costs.js';
import { type CurveView, curveInput, metricInput, type Quantity } from '../charts/curves.js';
import { lineChart } from '../charts/lines.js';
import { anchorOf, element } from '../dom.js';
import { legend, type Selection } from '../legend.js';
import { createStore, type Store } from '../store.js';
import { leaderboard } from './leaderboard.js';
import { factList } from './masthead.js';
import { viewControls } from './view-controls.js';

const QUANTITIES: readonly {
  quantity: Quantity;
  title: string;
  wanted: (problem: PageProblem) => boolean;
}[] = [
  { quantity: 'trainLoss', title: 'Train loss', wanted: () => true },
  { quantity: 'testLoss', title: 'Test loss', wanted: () => true },
  {
    quantity: 'testAccuracy',
    title: 'Test accuracy',
    wanted: ({ series }) => series.some(({ testAccuracy }) => testAccuracy !== undefined),
  },
];

const CURVE_HEIGHT = 300;
const METRIC_HEIGHT = 190;

export function problemSection(
  problem: PageProblem,
  index: number,
  view: Store<CurveView>,
  coloursOf: ColoursOf,
): HTMLElement {
  const { board, series } = problem;
  const id = anchorOf(index);
  const selection = createStore<Selection>({ hidden: new Set(), focus: null });
  const chosen = () => series.filter(({ name }) => !selection.get().hidden.has(name));
  const charts: Chart[] = [];
  const add = (chart: Chart): HTMLElement => {
    charts.push(chart);
    return chart.element;
  };
  const redraw = () => {
    for (const chart of charts) chart.redraw();
  };
  selection.watch(redraw);
  view.watch(redraw);

  const curves = QUANTITIES.filter(({ wanted }) => wanted(problem)).map(({ quantity, title }) =>
    figure(
      title,
      add(
        createChart(
          {
            description: `${title} of ${board.title} for ${series.length} optimizer settings; the values are in the leaderboard below.`,
            height: CURVE_HEIGHT,
            build: (style) =>
              lineChart(curveInput(chosen(), quantity, view.get(), selection.get().focus), style),
          },
          coloursOf,
        ),
      ),
    ),
  );
  const metrics = metricNames(series).map((metric) => {
    const withMetric = () => chosen().filter((one) => one.secondOrder && one.metrics[metric] !== undefined);
    return figure(
      spell(metric),
      add(
        createChart(
          {
            description: `${spell(metric)} of ${board.title}, mean over each epoch.`,
            height: METRIC_HEIGHT,
            build: (style) =>
              lineChart(metricInput(withMetric(), metric, view.get(), selection.get().focus), style),
          },
          coloursOf,
        ),
      ),
    );
  });

  if (series.length === 0) return emptySection(problem, id);
  return element(
    'section',
    { class: 'problem', id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, board.title),
    element('p', { class: 'hint' }, factsLine(problem)),
    element('div', { class: 'toolbar' }, viewControls(view), legend(series, selection, coloursOf)),
    element('div', { class: `figures curves-${curves.length}` }, ...curves),
    element('h3', {}, 'Leaderboard'),
    leaderboard(problem, coloursOf),
    ...costSection(problem, coloursOf),
    ...(metrics.length === 0
      ? []
      : [
          element('h3', {}, 'Inside the second-order steps'),
          element(
            'p',
            { class: 'hint' },
            'What the optimizers report of their steps, mean over each epoch and over seeds.',
          ),
          element('div', { class: 'figures small' }, ...metrics),
        ]),
    details(problem),
  );
}

function emptySection({ board }: PageProblem, id: string): HTMLElement {
  return element(
    'section',
    { class: 'problem', id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, board.title),
    element('p', { class: 'hint' }, 'Nothing was run on this problem.'),
  );
}

function figure(title: string, chart: HTMLElement): HTMLElement {
  return element('figure', {}, element('figcaption', {}, title), chart);
}

function factsLine({
  facts: { dataset, model, loss, batchSize, dtype, stepsPerEpoch },
}: PageProblem): string {
  return [
    `${dataset.name}, ${formatCount(dataset.trainSize)} examples to train and ${formatCount(dataset.testSize)} to test`,
    `${model.name} with ${formatCount(model.parameterCount)} parameters`,
    spell(loss).toLowerCase(),
    `batches of ${formatCount(batchSize)}, ${formatCount(stepsPerEpoch)} an epoch`,
    dtype,
  ].join(' · ');
}

function costSection({ board, series }: PageProblem, coloursOf: ColoursOf): HTMLElement[] {
  const rowOf = (name: string) => board.rows.find((row) => row.name === name)!;
  const steps = series.flatMap(({ name, steps }): Cost[] => {
    if (steps === null) return [];
    const { relativeStep } = rowOf(name);
    return [
      {
        name,
        value: steps.median,
        low: steps.p10,
        high: steps.p90,
        note: relativeStep === null ? '' : formatFactor(relativeStep),
      },
    ];
  });
  const iterations = series.flatMap(({ name }): Cost[] => {
    const { secondsPerCgIteration: seconds } = rowOf(name);
    if (seconds === null) return [];
    const { baseline } = board;
    const note = baseline === null ? '' : formatFactor(seconds / baseline.secondsPerStep);
    return [{ name, value: seconds, low: null, high: null, note }];
  });
  const charts = [
    { title: 'Time of a step', costs: steps, description: 'Median time of a step by optimizer setting' },
    {
      title: 'Time of a CG iteration',
      costs: iterations,
      description: 'Time of a conjugate-gradient iteration',
    },
  ].filter(({ costs }) => costs.length > 0);
  if (charts.length === 0) return [];
  return [
    element('h3', {}, 'What a step costs'),
    element(
      'p',
      { class: 'hint' },
      `Medians; whiskers span the 10th to the 90th percentile of a run's steps.${board.baseline === null ? '' : ` Factors are in steps of ${board.baseline.name}.`}`,
    ),
    element(
      'div',
      { class: 'figures' },
      ...charts.map(({ title, costs, description }) =>
        figure(
          title,
          createChart(
            {
              description: `${description} on ${board.title}; the values are in the leaderboard.`,
              height: costHeight(costs.length),
              build: (style) => costChart(costs, style),
            },
            coloursOf,
          ).element,
        ),
      ),
    ),
  ];
}

/** CG iterations and damping first, where there are any; then the others in the order in which optimizers report them. */
const FIRST_METRICS = ['cgIterations', 'damping'];

function metricNames(series: readonly PageSeries[]): string[] {
  const names = new Set(
    series.filter(({ secondOrder }) => secondOrder).flatMap(({ metrics }) => Object.keys(metrics)),
  );
  names.delete('loss'); // The train loss itself.
  const first = FIRST_METRICS.filter((name) => names.has(name));
  return [...first, ...[...names].filter((name) => !first.includes(name))];
}

/** A metric's name in words: `cgIterations` is "CG iterations". */
function spell(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/\bcg\b/g, 'CG');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function details({ facts: { dataset, model } }: PageProblem): HTMLElement {
  const settings = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      .join(', ') || 'none';
  return element(
    'details',
    {},
    element('summary', {}, 'Data and model'),
    factList([
      ['Source', dataset.source],
      ['License', dataset.license],
      ['Dataset settings', settings(dataset.hyperparameters)],
      ['Model settings', settings(model.hyperparameters)],
      ...Object.entries(dataset.checksums).map(
        ([file, checksum]) => [`sha256 of ${file}`, checksum] as const,
      ),
    ]),
  );
}
