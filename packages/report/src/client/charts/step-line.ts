// Step times by inner iterations: points with intervals, the fitted line, the published line.

import type { TimingLine } from '@gaussmark/analysis';
import { formatNumber, iterationWords } from '@gaussmark/analysis/words';
import type { EChartsOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { type Extent, PLOT_GRID, ticksOf, valueAxis } from './axes.js';
import { segmentSeries } from './segments.js';
import { itemTooltip, spreadText, tooltipContent } from './tooltip.js';

interface DrawnLine {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly intercept: number;
  readonly slope: number;
  readonly points: readonly {
    readonly n: number;
    readonly ratio: number;
    readonly low: number | null;
    readonly high: number | null;
  }[];
}

export function stepLineChart(lines: readonly TimingLine[], style: ChartStyle): EChartsOption {
  const { many } = iterationWords(lines.map(({ iteration }) => iteration));
  const drawn = lines.flatMap((line) => drawnLines(line, style));
  const points = drawn.flatMap((line) => line.points.map((point) => ({ ...point, line })));
  const xMost = 1.06 * Math.max(...points.map(({ n }) => n));
  const yMost = 1.06 * Math.max(...points.map(({ ratio, high }) => Math.max(ratio, high ?? 0)));
  const [x, y] = [xMost, yMost].map((max) => ({ min: 0, max })) as [Extent, Extent];
  return {
    grid: PLOT_GRID,
    xAxis: valueAxis(
      {
        extent: x,
        log: false,
        ticks: ticksOf(x, false, style.width < 420 ? 4 : 6),
        title: `${many} of a step`,
      },
      style,
      false,
    ),
    yAxis: valueAxis({ extent: y, log: false, ticks: ticksOf(y, false) }, style, true),
    series: [
      ...drawn.map(({ intercept, slope, colour, dashed }) => ({
        type: 'line' as const,
        data: [0, xMost].map((n) => [n, intercept + slope * n]),
        symbol: 'none',
        lineStyle: {
          color: colour,
          width: 1.8,
          type: dashed ? ([1, 5] as number[]) : ('solid' as const),
          cap: 'round' as const,
        },
        clip: true,
        silent: true,
      })),
      segmentSeries(
        points.flatMap(({ n, low, high, line }) =>
          low === null || high === null ? [] : [{ from: [n, low], to: [n, high], stroke: line.colour }],
        ),
        { width: 3, opacity: 0.45, z: 2 },
      ),
      {
        type: 'scatter',
        data: points.map(({ n, ratio, line }) => ({
          value: [n, ratio],
          itemStyle: {
            color: line.dashed ? style.surface : line.colour,
            borderColor: line.colour,
            borderWidth: 1.6,
          },
        })),
        symbolSize: 8,
        emphasis: { disabled: true },
        z: 4,
      },
    ],
    tooltip: itemTooltip(style, (index) => {
      const point = points[index];
      if (point === undefined) return undefined;
      const { n, ratio, low, high, line } = point;
      const value = `${formatNumber(ratio)} baseline steps`;
      return tooltipContent(`${n} ${many}`, [
        { name: line.name, colour: line.colour, value, detail: spreadText(low, high) },
      ]);
    }),
  };
}

function drawnLines(
  { optimizer, intercept, slope, points, published }: TimingLine,
  style: ChartStyle,
): DrawnLine[] {
  const here: DrawnLine = {
    name: optimizer,
    colour: style.colours.get(optimizer) ?? style.ink,
    dashed: false,
    intercept: intercept.value,
    slope: slope.value,
    points: points.map(({ innerIterations, ratio }) => ({
      n: innerIterations,
      ratio: ratio.value,
      low: ratio.low,
      high: ratio.high,
    })),
  };
  if (published === undefined) return [here];
  return [
    here,
    {
      name: published.title,
      colour: style.muted,
      dashed: true,
      intercept: published.intercept,
      slope: published.slope,
      points: published.points.map(({ innerIterations, ratio }) => ({
        n: innerIterations,
        ratio,
        low: null,
        high: null,
      })),
    },
  ];
}
