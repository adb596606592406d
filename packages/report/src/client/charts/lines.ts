// A line chart: means over seeds, bands between their extremes, crosses where seeds broke.

import type { CustomSeriesOption, EChartsOption, LineSeriesOption, ScatterSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { clamp, extentOf, PLOT_GRID, ticksOf, valueAxis, widen } from './axes.js';
import { CROSS, type Mark, markItem, markOf } from './marks.js';
import { type Scale, scaleOf } from './scale.js';
import { axisTooltip, spreadText, tooltipContent } from './tooltip.js';

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Extremes over seeds; null for a single seed. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** No seed finished: dashed, and ignored by the y axis. */
  readonly broken: boolean;
  /** Name of the line that this one is a reference for: dotted, in that line's colour. */
  readonly reference?: string;
  /** Indices of the points where seeds broke. */
  readonly breaks: readonly number[];
}

export interface LineChartInput {
  readonly lines: readonly Line[];
  readonly xTitle: string;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Name of the line to highlight. */
  readonly focus: string | null;
  readonly formatY: (value: number) => string;
  readonly formatYTick?: (value: number) => string;
  readonly formatX: (value: number) => string;
}

const FADED = 0.15;

export function lineChart(input: LineChartInput, style: ChartStyle): EChartsOption {
  const { logX, focus } = input;
  const lines = input.lines
    .map((line) => (logX ? withoutStart(line) : line))
    .filter(({ points }) => points.length > 0);
  const x = extentOf(
    lines.flatMap(({ points }) => points.map((point) => point.x)),
    logX,
  ) ?? { min: 1, max: 2 };
  const xExtent = x.min === x.max ? widen(x, logX, 0) : logX ? x : { min: 0, max: x.max };
  const { formatYTick: format } = input;
  const y = scaleOf(rankedValues(lines), { log: input.logY, margin: 0.06, ...(format && { format }) });
  const inFocus = (line: Line) => focus !== null && identityOf(line) === focus;
  const opacity = (line: Line) => (focus === null || inFocus(line) ? 1 : FADED);
  const colour = (line: Line) => style.colours.get(identityOf(line)) ?? style.muted;
  // Drawn in reverse, with the first line on top and the focused line above all.
  const ordered = lines.toReversed().sort((a, b) => Number(inFocus(a)) - Number(inFocus(b)));
  return {
    grid: PLOT_GRID,
    xAxis: valueAxis(
      {
        extent: xExtent,
        log: logX,
        ticks: ticksOf(xExtent, logX, style.width < 420 ? 4 : 6),
        title: input.xTitle,
      },
      style,
      false,
    ),
    yAxis: valueAxis({ ...y, ticks: y.ticks() }, style, true),
    series: ordered.flatMap((line) => {
      const look = {
        colour: colour(line),
        opacity: opacity(line),
        surface: style.surface,
        mark: markOf(identityOf(line), style.colours),
      };
      return [...bandSeries(line, y, look), meanSeries(line, y, look), ...crossSeries(line, y, look)];
    }),
    tooltip: axisTooltip(style, (x) => describe(lines, input, colour, style.colours, x)),
  };
}

/** The name that determines colour and focus. */
const identityOf = ({ name, reference }: Line): string => reference ?? name;

interface Look {
  readonly colour: string;
  readonly opacity: number;
  readonly surface: string;
  readonly mark: Mark;
}

/** A logarithmic axis has no place for x = 0. */
function withoutStart(line: Line): Line {
  const kept = line.points.flatMap(({ x }, position) => (x > 0 ? [position] : []));
  return {
    ...line,
    points: kept.map((position) => line.points[position]!),
    breaks: line.breaks.map((position) => kept.indexOf(position)).filter((position) => position >= 0),
  };
}

/** Values above this multiple of a line's typical values may be cut off. */
const MOST_ABOVE = 30;

/**
 * The values that the y axis has to show: final values, and the rest of each line unless it lies far above. A line that
 * diverges or starts far up must not flatten the others.
 */
function rankedValues(lines: readonly Line[]): number[] {
  const sound = lines.filter(({ broken }) => !broken);
  const counted = sound.length > 0 ? sound : lines;
  const tops = counted.map(({ points }) => Math.max(...points.map(({ y, high }) => Math.max(y, high ?? y))));
  const levels = counted.flatMap(({ points }) => [median(points.map(({ y }) => y)), points.at(-1)!.y]);
  const most = MOST_ABOVE * Math.max(median(tops), ...levels);
  const limit = most > 0 ? most : Number.POSITIVE_INFINITY;
  return counted.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y].map((value) => Math.min(value, limit))),
  );
}

/** The lower median. */
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;

/** Per line; marks tell lines apart where colours do not. */
const MARKS = 5;

function meanSeries(
  { name, points, broken, reference }: Line,
  { place }: Scale,
  { colour, opacity, surface, mark }: Look,
): LineSeriesOption {
  // One mark at the end; the others shifted against those of other lines.
  const last = points.length - 1;
  const stride = Math.max(1, last / MARKS);
  const marked = new Set([last]);
  for (let at = mark.shift * stride; at < last; at += stride) marked.add(Math.round(at));
  return {
    type: 'line',
    name,
    data: points.map(({ x, y }, index) => ({
      value: [x, place(y)],
      symbol: marked.has(index) ? mark.symbol : 'none',
    })),
    symbolSize: mark.size,
    showAllSymbol: true,
    lineStyle: {
      color: colour,
      width: 1.8,
      opacity,
      type: reference !== undefined ? [1, 5] : broken ? [5, 4] : 'solid',
      cap: 'round',
      join: 'round',
    },
    itemStyle: { ...markItem(mark, colour, surface), opacity },
    emphasis: { disabled: true },
    silent: true,
    z: 3,
  };
}

/** A polygon along both edges: ECharts bands are stacked areas, which a log axis does not allow. */
function bandSeries({ name, points }: Line, scale: Scale, { colour, opacity }: Look): CustomSeriesOption[] {
  const inside = points.filter(({ low, high, seeds }) => low !== null && high !== null && seeds > 1);
  if (inside.length < 2) return [];
  return [
    {
      type: 'custom',
      name,
      data: [[inside[0]!.x, scale.place(inside[0]!.y)]],
      renderItem: (_params, api) => {
        const edge = (pick: 'low' | 'high') =>
          inside.map((point) => api.coord([point.x, clamp(scale.place(point[pick]!), scale.extent)]));
        return {
          type: 'polygon',
          shape: { points: [...edge('high'), ...edge('low').reverse()] },
          style: { fill: colour, opacity: 0.14 * opacity },
        };
      },
      clip: true,
      silent: true,
      tooltip: { show: false },
      z: 2,
    },
  ];
}

function crossSeries({ name, points, breaks }: Line, scale: Scale, look: Look): ScatterSeriesOption[] {
  const marks = breaks.map((index) => points[index]!);
  if (marks.length === 0) return [];
  return [
    {
      type: 'scatter',
      name,
      // A line may break far outside the chart: its cross is drawn at the edge.
      data: marks.map(({ x, y }) => [x, clamp(scale.place(y), scale.extent)]),
      symbol: CROSS,
      symbolSize: 11,
      itemStyle: { color: look.colour, opacity: look.opacity, borderColor: look.surface, borderWidth: 1 },
      emphasis: { disabled: true },
      clip: false,
      silent: true,
      z: 4,
    },
  ];
}

/** Each line's value nearest to x, lowest first. */
function describe(
  lines: readonly Line[],
  input: LineChartInput,
  colour: (line: Line) => string,
  colours: ReadonlyMap<string, string>,
  x: number,
) {
  const rows = lines.flatMap((line) => {
    const [first, last] = [line.points[0]!, line.points.at(-1)!];
    const slack = 0.01 * (last.x - first.x);
    if (x < first.x - slack || x > last.x + slack) return [];
    const point = line.points.reduce((best, next) =>
      Math.abs(next.x - x) < Math.abs(best.x - x) ? next : best,
    );
    return [{ line, point }];
  });
  const most = (line: Line) => line.points.reduce((count, { seeds }) => Math.max(count, seeds), 0);
  const entries = rows
    .sort((a, b) => a.point.y - b.point.y)
    .map(({ line, point: { y, low, high, seeds } }) => ({
      name: line.name,
      colour: colour(line),
      mark: markOf(identityOf(line), colours),
      value: input.formatY(y),
      detail:
        seeds < 2
          ? ''
          : `${spreadText(low, high, input.formatY)}${seeds < most(line) ? ` (${seeds} of ${most(line)} seeds)` : ''}`,
    }));
  return tooltipContent(input.formatX(x), entries);
}
