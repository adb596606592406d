// One problem: curves, leaderboard, times to target, costs and metrics of steps.

import { endWords, formatCount, formatFactor, iterationWords } from '@gaussmark/analysis/words';
import { problemFacts, spell } from '../../facts.js';
import type { PageProblem, PageSeries } from '../../page-data.js';
import { createChart } from '../chart.js';
import { type Cost, costChart, costHeight } from '../charts/costs.js';
import { type CurveView, curveInput, metricInput, type Quantity } from '../charts/curves.js';
import { type LineChartInput, lineChart } from '../charts/lines.js';
import { anchorOf, type Child, element } from '../dom.js';
import { foldableSection } from '../fold.js';
import { initialSeries } from '../initial-series.js';
import { chartElement, factList, figure, hint, notesList } from '../layout.js';
import { legend, type Selection, still } from '../legend.js';
import { type ColoursOf, memberColours } from '../palette.js';
import { createStore, type Store } from '../store.js';
import { tableElement } from '../table.js';
import { leaderboard } from './leaderboard.js';
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

/** Per chart of costs. */
const MOST_BARS = 16;

const CURVE_HEIGHT = 300;
const METRIC_HEIGHT = 190;

export function problemSection(
  problem: PageProblem,
  index: number,
  view: Store<CurveView>,
  { folded, work }: { readonly folded: boolean; readonly work: boolean },
  coloursOf: ColoursOf,
): HTMLElement {
  return foldableSection(anchorOf(index), problem.board.title, problem.verdict, folded, () =>
    problem.board.rows.length === 0
      ? [hint('Nothing was run on this problem.')]
      : contentOf(problem, view, work, coloursOf),
  );
}

function contentOf(
  problem: PageProblem,
  view: Store<CurveView>,
  work: boolean,
  coloursOf: ColoursOf,
): Child[] {
  const { board, series, times, omittedCurves } = problem;
  const initial = initialSeries(problem);
  const hidden = new Set(series.map(({ name }) => name).filter((name) => !initial.has(name)));
  const visibleFirst = series.toSorted((a, b) => Number(hidden.has(a.name)) - Number(hidden.has(b.name)));
  const selection = createStore<Selection>({ hidden, focus: null });
  const chosen = () => series.filter(({ name }) => !selection.get().hidden.has(name));
  const chartFigure = (
    title: string,
    description: string,
    height: number,
    input: () => LineChartInput,
    colours = coloursOf,
    key: readonly { readonly name: string }[] = [],
  ) => {
    const chart = createChart({ description, height, build: (style) => lineChart(input(), style) }, colours);
    selection.watch(() => chart.redraw());
    view.watch(() => chart.redraw());
    return figure(title, element('div', {}, still(key, colours), chart.element));
  };
  const curves = QUANTITIES.filter(({ wanted }) => wanted(problem)).map(({ quantity, title }) =>
    chartFigure(
      title,
      `${title} of ${board.title} for ${series.length} optimizer settings; the values are in the leaderboard below.`,
      CURVE_HEIGHT,
      () => curveInput(chosen(), quantity, view.get(), selection.get().focus),
    ),
  );
  const note = `of ${board.title}, means over the steps between evaluations.`;
  const scalar = (metric: string) =>
    chartFigure(titleOf(metric, series), `${titleOf(metric, series)} ${note}`, METRIC_HEIGHT, () => {
      const reporting = chosen().filter(({ metrics }) => metrics[metric] !== undefined);
      const lines = reporting.map((one) => ({ series: one, metric, name: one.name }));
      return metricInput(lines, view.get(), selection.get().focus);
    });
  // The entries of a vector are a chart of each setting: one hue, from the first entry to the last.
  const vector = (name: string, entries: readonly string[]) =>
    series
      .filter(({ metrics }) => entries.some((entry) => entry in metrics))
      .map((one) => {
        const title = `${spell(name)}: ${one.name}`;
        const start = name.length + 1;
        const lines = entries.map((metric) => ({ series: one, metric, name: metric.slice(start, -1) }));
        const members = lines.map((line) => ({ name: line.name, optimizer: name, iteration: null }));
        const input = () => metricInput(lines, view.get(), null);
        return chartFigure(title, `${title}, ${note}`, METRIC_HEIGHT, input, memberColours(members), lines);
      });
  const names = metricNames(series);
  const nameOf = (metric: string) => metric.replace(/\[.+\]$/, '');
  const metrics = [...new Set(names.map(nameOf))].flatMap((name) => {
    const entries = names.filter((metric) => nameOf(metric) === name);
    return entries[0] === name && entries.length === 1 ? [scalar(name)] : vector(name, entries);
  });

  return [
    hint(problemFacts(problem.facts)),
    board.held.words === '' ? null : hint(heldSentence(board)),
    element(
      'div',
      { class: 'toolbar' },
      viewControls(view, work),
      legend(visibleFirst, selection, coloursOf),
    ),
    omittedCurves === 0
      ? null
      : hint(
          `Only the ${series.length} best settings have curves; ${formatCount(omittedCurves)} more are in the leaderboard.`,
        ),
    element('div', { class: `figures curves-${curves.length}` }, ...curves),
    ...undrawn(problem),
    element('h3', {}, 'Leaderboard'),
    leaderboard(problem, coloursOf),
    ...(times === null
      ? []
      : [
          element('h3', {}, times.title),
          tableElement(`Time to target on ${board.title}`, times, { coloursOf, pageSize: 12 }),
          notesList(times.notes),
        ]),
    ...costSection(problem, coloursOf),
    ...(metrics.length === 0
      ? []
      : [
          element('h3', {}, 'Metrics of steps'),
          hint('Reported by the optimizers: means over seeds and the steps since the last evaluation.'),
          element('div', { class: 'figures small' }, ...metrics),
        ]),
    details(problem),
  ];
}

/** Settings without a finite loss. */
function undrawn({ series, board }: PageProblem): HTMLElement[] {
  const empty = series.filter(({ trainLoss, testLoss }) =>
    [...trainLoss.mean, ...testLoss.mean].every((loss) => loss === null),
  );
  if (empty.length === 0) return [];
  const rows = new Map(board.rows.map((row) => [row.name, row]));
  const named = empty.map(({ name }) => `${name} (${endWords(rows.get(name)!)})`).join(', ');
  return [hint(`Not drawn for lack of a finite loss: ${named}.`, 'undrawn')];
}

/** `Compared at equal gradient-equivalents (300 each).` */
const heldSentence = ({ held, unranked }: PageProblem['board']): string =>
  unranked === null ? `Compared ${held.words}.` : `Not ranked: ${unranked}.`;

function costSection({ board, series }: PageProblem, coloursOf: ColoursOf): HTMLElement[] {
  const rows = new Map(board.rows.map((row) => [row.name, row]));
  const rowOf = (name: string) => rows.get(name)!;
  const first = new Set(board.rows.slice(0, MOST_BARS).map(({ name }) => name));
  const barred = series.length <= MOST_BARS ? series : series.filter(({ name }) => first.has(name));
  const steps = barred.flatMap(({ name, steps }): Cost[] => {
    if (steps === null) return [];
    const { relativeStep } = rowOf(name);
    return [
      {
        name,
        value: steps.median,
        low: steps.p10,
        high: steps.p90,
        note: relativeStep === null ? '' : formatFactor(relativeStep.value),
      },
    ];
  });
  const iterations = barred.flatMap(({ name }): Cost[] => {
    const { secondsPerIteration: seconds } = rowOf(name);
    if (seconds === null) return [];
    const { baseline } = board;
    const note = baseline === null ? '' : formatFactor(seconds.value / baseline.secondsPerStep);
    return [{ name, value: seconds.value, low: seconds.low, high: seconds.high, note }];
  });
  const { one } = iterationWords(board.rows.map(({ iteration }) => iteration));
  const charts = [
    { title: 'Time of a step', costs: steps, description: 'Median time of a step by optimizer setting' },
    {
      title: `Time per ${one}`,
      costs: iterations,
      description: `Time per ${one}`,
    },
  ].filter(({ costs }) => costs.length > 0);
  if (charts.length === 0) return [];
  return [
    element('h3', {}, 'Cost of a step'),
    hint(
      `Medians. Whiskers of steps span the 10th to 90th percentile of a run, those of iterations the 95 % interval over seeds.${barred.length < board.rows.length ? ` Only the first ${MOST_BARS} rows.` : ''}${board.baseline === null ? '' : ` Factors are relative to a step of ${board.baseline.name}.`}`,
    ),
    element(
      'div',
      { class: 'figures' },
      ...charts.map(({ title, costs, description }) =>
        figure(
          title,
          chartElement(
            {
              description: `${description} on ${board.title}; the values are in the leaderboard.`,
              height: costHeight(costs.length),
              build: (style) => costChart(costs, style),
            },
            coloursOf,
          ),
        ),
      ),
    ),
  ];
}

/** `Rate: sgd`, with the optimizers that report the metric unless all do. */
function titleOf(metric: string, series: readonly PageSeries[]): string {
  const reporting = new Set(series.filter(({ metrics }) => metric in metrics).map((one) => one.optimizer));
  const isShared = series.every(({ optimizer }) => reporting.has(optimizer));
  return isShared ? spell(metric) : `${spell(metric)}: ${[...reporting].join(', ')}`;
}

function metricNames(series: readonly PageSeries[]): string[] {
  const names = new Set(series.flatMap(({ metrics }) => Object.keys(metrics)));
  names.delete('loss'); // The train loss itself.
  return [...names];
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
