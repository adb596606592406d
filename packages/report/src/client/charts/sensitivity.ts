// A sensitivity plot: a dot per setting over a hyperparameter, a line through the best setting of each value.

import type { Sensitivity, SensitivityPoint } from '@gaussmark/analysis/sensitivity';
import { formatNumber } from '@gaussmark/analysis/words';
import type { EChartsOption, ScatterSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { clamp, type Extent, extentOf, PLOT_GRID, ticksOf, valueAxis, widen } from './axes.js';
import { shortened } from './fit-text.js';
import { CROSS } from './marks.js';
import { scaleOf } from './scale.js';
import { segmentSeries } from './segments.js';
import { itemTooltip, spreadText, tooltipContent } from './tooltip.js';

/** Up to this many tried values serve as ticks. */
const MOST_LABELLED = 8;

/** @param colour of the optimizer. */
export function sensitivityChart(plot: Sensitivity, colour: string, style: ChartStyle): EChartsOption {
  const { points, best } = plot;
  const sound = points.filter(({ value }) => value !== null);
  const broken = points.filter(({ value }) => value === null);
  const values = sound.flatMap(({ value, low, high }) => [value, low, high]);
  const scale = scaleOf(values, { log: true, margin: 0.09 });
  const bestNames = new Set(best);
  return {
    grid: PLOT_GRID,
    xAxis: xAxis(plot, style),
    yAxis: valueAxis({ ...scale, ticks: scale.ticks() }, style, true),
    series: [
      segmentSeries(
        sound.flatMap(({ x, low, high }) => {
          if (low === null || high === null) return [];
          const [from, to] = [low, high].map((limit) => clamp(scale.place(limit), scale.extent));
          return [{ from: [x, from!] as const, to: [x, to!] as const, stroke: colour }];
        }),
        { width: 2, opacity: 0.35, z: 1 },
      ),
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
      // Broken settings have no value: a cross at the upper edge.
      crosses(broken, scale.extent, style),
    ],
    tooltip: itemTooltip(style, (index, series) => {
      const point = (series === 3 ? broken : sound)[index];
      return point && describe(point, plot, colour);
    }),
  };
}

function xAxis({ points, categories, log, hyperparameter }: Sensitivity, style: ChartStyle) {
  const font = { family: style.font, size: 11 };
  const title = shortened(`${hyperparameter}${log ? ' (log)' : ''}`, style.width * 0.8, font);
  if (categories !== null) {
    const extent = { min: -0.5, max: categories.length - 0.5 };
    const ticks = categories.map((_, place) => place);
    return valueAxis(
      { extent, log: false, ticks, format: (place) => categories[place] ?? '', title },
      style,
      false,
    );
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
  return valueAxis({ extent, log, ticks, title }, style, false);
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
      value: value === null ? 'none: broken' : formatNumber(value),
      detail: spreadText(low, high),
    },
  ]);
}
