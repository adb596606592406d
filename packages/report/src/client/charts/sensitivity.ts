// The spec of a sensitivity plot: a dot per setting over a hyperparameter, a line through the best of each value.

import type { Sensitivity, SensitivityPoint } from '@gaussmark/analysis/sensitivity';
import { formatNumber } from '@gaussmark/analysis/words';
import type { CustomSeriesOption, EChartsOption, ScatterSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { type Extent, extentOf, ticksOf, valueAxis, widen } from './axes.js';
import { shortened } from './fit-text.js';
import { type Scale, scaleOf } from './scale.js';
import { tooltipBase, tooltipContent } from './tooltip.js';

const CROSS = 'path://M0 1.4L1.4 0L5 3.6L8.6 0L10 1.4L6.4 5L10 8.6L8.6 10L5 6.4L1.4 10L0 8.6L3.6 5Z';

/** So many values are labelled themselves, as they were tried. */
const MOST_LABELLED = 8;

/** @param colour of the optimizer. */
export function sensitivityChart(plot: Sensitivity, colour: string, style: ChartStyle): EChartsOption {
  const { points, best, log, hyperparameter } = plot;
  const sound = points.filter(({ value }) => value !== null);
  const broken = points.filter(({ value }) => value === null);
  const values = sound.flatMap(({ value, low, high }) => [value, low, high]);
  const scale = scaleOf(values, { log: true, margin: 0.09 });
  const bestNames = new Set(best);
  return {
    grid: {
      left: 4,
      right: 16,
      top: 12,
      bottom: 26,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: {
      ...xAxis(plot, style),
      name: shortened(`${hyperparameter}${log ? ' (log)' : ''}`, style.width * 0.8, {
        family: style.font,
        size: 11,
      }),
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: {
        color: style.muted,
        fontFamily: style.font,
        fontSize: 11,
      },
    },
    yAxis: valueAxis({ ...scale, ticks: scale.ticks() }, style, true),
    series: [
      whiskers(sound, colour, scale),
      {
        type: 'line',
        data: best.map(({ x, value }) => [x, value === null ? null : scale.place(value)]),
        symbol: 'none',
        lineStyle: { color: colour, width: 1.8 },
        emphasis: { disabled: true },
        silent: true,
        tooltip: { show: false },
        z: 2,
      },
      {
        type: 'scatter',
        data: sound.map((point) => ({
          value: [point.x, scale.place(point.value!)],
          symbolSize: bestNames.has(point) ? 9 : 6,
          itemStyle: {
            color: bestNames.has(point) ? colour : style.surface,
            borderColor: bestNames.has(point) ? style.surface : colour,
            borderWidth: 1.4,
          },
        })),
        emphasis: { disabled: true },
        z: 3,
      },
      // What broke has no value: its cross sits on the upper edge.
      crosses(broken, scale.extent, style),
    ],
    tooltip: {
      ...tooltipBase(style),
      trigger: 'item',
      formatter: (params) => {
        const item = Array.isArray(params) ? undefined : params;
        const point = (item?.seriesIndex === 3 ? broken : sound)[item?.dataIndex ?? -1];
        return point === undefined ? '' : describe(point, plot, colour);
      },
    },
  };
}

function xAxis({ points, categories, log }: Sensitivity, style: ChartStyle) {
  if (categories !== null) {
    const extent = { min: -0.5, max: categories.length - 0.5 };
    const ticks = categories.map((_, place) => place);
    return valueAxis({ extent, log: false, ticks, format: (place) => categories[place] ?? '' }, style, false);
  }
  const extent = widen(
    extentOf(
      points.map(({ x }) => x),
      log,
    ) ?? { min: 0, max: 1 },
    log,
    0.05,
  );
  const tried = [...new Set(points.map(({ x }) => x))];
  const ticks = tried.length <= MOST_LABELLED ? tried : ticksOf(extent, log, style.width < 420 ? 4 : 6);
  return valueAxis({ extent, log, ticks }, style, false);
}

function whiskers(
  points: readonly SensitivityPoint[],
  colour: string,
  { place, extent: { min, max } }: Scale,
): CustomSeriesOption {
  return {
    type: 'custom',
    data: points.flatMap(({ x, low, high }) => (low === null || high === null ? [] : [[x, low, high]])),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_params, api) => {
      const at = (limit: number) => api.coord([api.value(0), Math.min(max, Math.max(min, place(limit)))]);
      const [from, to] = [at(Number(api.value(1))), at(Number(api.value(2)))];
      return {
        type: 'line',
        shape: { x1: from[0]!, y1: from[1]!, x2: to[0]!, y2: to[1]! },
        style: { stroke: colour, lineWidth: 2, opacity: 0.35, lineCap: 'round' },
      };
    },
    silent: true,
    tooltip: { show: false },
    z: 1,
  };
}

const crosses = (
  broken: readonly SensitivityPoint[],
  { max }: Extent,
  style: ChartStyle,
): ScatterSeriesOption => ({
  type: 'scatter',
  data: broken.map(({ x }) => [x, max]),
  symbol: CROSS,
  symbolSize: 9,
  itemStyle: { color: style.bad },
  emphasis: { disabled: true },
  clip: false,
  z: 4,
});

function describe({ name, value, low, high }: SensitivityPoint, { quantity }: Sensitivity, colour: string) {
  return tooltipContent(name, [
    {
      name: quantity,
      colour,
      value: value === null ? 'none: it broke' : formatNumber(value),
      detail: low === null || high === null ? '' : `${formatNumber(low)} … ${formatNumber(high)}`,
    },
  ]);
}
