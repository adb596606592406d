// Line charts of curves: train loss, test loss, test accuracy, and the metrics of steps.

import {
  type Clock,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from '@gaussmark/analysis/words';
import type { Band, PageData, PageSeries } from '../../page-data.js';
import { formatTick } from './axes.js';
import type { Line, LineChartInput, LinePoint } from './lines.js';

export type Abscissa = Clock;
export type Quantity = 'trainLoss' | 'testLoss' | 'testAccuracy';

/** The reader's choice of axes. */
export interface CurveView {
  readonly x: Abscissa;
  readonly logX: boolean;
  readonly logY: boolean;
}

/** The initial axis: the one on which runs were held equal; if problems differ, work if all count it, else seconds. */
export function firstAbscissa({ problems }: Pick<PageData, 'problems'>): Abscissa {
  const drawn = problems.filter(({ series }) => series.length > 0);
  const [held, ...others] = new Set(drawn.map(({ board }) => board.held.clock));
  if (held != null && others.length === 0) return held;
  const counted = drawn.every(({ series }) =>
    series.every(({ gradientEquivalents }) => gradientEquivalents !== undefined),
  );
  return counted ? 'gradientEquivalents' : 'seconds';
}

const ABSCISSAS: Readonly<Record<Abscissa, { title: string; format: (x: number) => string }>> = {
  iterations: { title: 'iterations', format: (x) => `iteration ${formatCount(x)}` },
  epoch: { title: 'epochs', format: (x) => `epoch ${formatCount(x)}` },
  gradientEquivalents: {
    title: 'work, in gradient-equivalents',
    format: (x) => `the work of ${formatNumber(x)} gradients`,
  },
  seconds: { title: 'seconds of training', format: (x) => `${formatSeconds(x)} of training` },
};

export function curveInput(
  series: readonly PageSeries[],
  quantity: Quantity,
  view: CurveView,
  focus: string | null,
): LineChartInput {
  const accuracy = quantity === 'testAccuracy';
  return {
    lines: series.map((one) => toLine(one, one[quantity], view.x)),
    ...abscissa(view),
    logY: view.logY && !accuracy,
    focus,
    formatY: accuracy ? (y) => `${formatPercent(y)} %` : (y) => formatNumber(y, 4),
    formatYTick: accuracy ? (y) => `${Number((100 * y).toPrecision(4))} %` : formatTick,
  };
}

/** A line of a metric: of a setting, or of an entry of a vector. */
export interface MetricLine {
  readonly series: PageSeries;
  readonly metric: string;
  readonly name: string;
}

/** Metrics of the steps, on a logarithmic axis if they span more than a factor of 50. */
export function metricInput(
  lines: readonly MetricLine[],
  view: CurveView,
  focus: string | null,
): LineChartInput {
  const means = lines.map(({ series, metric }) => series.metrics[metric] ?? []);
  const values = means.flat().filter((value) => value !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    lines: lines.map(({ series, name }, i) => ({ ...toLine(series, { mean: means[i]! }, view.x), name })),
    ...abscissa(view),
    logY: least > 0 && most / least > 50,
    focus,
    formatY: (y) => formatNumber(y),
  };
}

const abscissa = ({ x, logX }: CurveView) => ({
  xTitle: ABSCISSAS[x].title,
  formatX: ABSCISSAS[x].format,
  logX,
});

/** The published train loss of a series. */
export function publishedLine(
  name: string,
  curve: readonly { readonly epoch: number; readonly trainLoss: number }[],
): Line {
  return {
    name: `${name}, published`,
    reference: name,
    points: curve.map(({ epoch, trainLoss }) => ({
      x: epoch,
      y: trainLoss,
      low: null,
      high: null,
      seeds: 1,
    })),
    broken: false,
    breaks: [],
  };
}

function toLine(series: PageSeries, band: Band | undefined, x: Abscissa): Line {
  const points: LinePoint[] = [];
  const abscissas = series[x] ?? [];
  const positions: number[] = [];
  series.epoch.forEach((epoch, index) => {
    const y = band?.mean[index] ?? null;
    if (y === null || abscissas[index] === undefined) return;
    positions.push(epoch);
    points.push({
      x: abscissas[index]!,
      y,
      low: band?.low?.[index] ?? null,
      high: band?.high?.[index] ?? null,
      seeds: series.seeds[index]!,
    });
  });
  return {
    name: series.name,
    points,
    broken: series.outcome === 'broken',
    breaks: [
      ...new Set(series.breaks.map(({ epoch }) => positions.findLastIndex((at) => at <= epoch))),
    ].filter((index) => index >= 0),
  };
}
