// A critical-difference diagram: a lane per optimizer by mean rank, and bars that join what is not separated.

import type { Standing } from '@gaussmark/analysis';
import { formatNumber } from '@gaussmark/analysis/words';
import type { EChartsOption, LineSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { valueAxis } from './axes.js';
import { wrapped } from './fit-text.js';
import { itemTooltip, tooltipContent } from './tooltip.js';

const LANE_HEIGHT = 28;
const AXIS_HEIGHT = 50;
/** Between two bars, as a share of the ranks. */
const BAR_GAP = 0.04;

export const differenceHeight = ({ order }: Standing): number => order.length * LANE_HEIGHT + AXIS_HEIGHT;

export function differenceChart(difference: Standing, style: ChartStyle): EChartsOption {
  const { order, bars, optimizers } = difference;
  const names = order.map(({ index }) => optimizers[index]!);
  const worst = names.length;
  const gap = BAR_GAP * worst;
  const every = Math.ceil(worst / (style.width < 420 ? 5 : 12));
  return {
    grid: {
      left: 0,
      right: 12,
      top: 2,
      bottom: 24,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: valueAxis(
      {
        extent: { min: 1 - gap, max: worst + gap * (bars.length + 1) },
        log: false,
        ticks: names.flatMap((_, i) => (i % every === 0 ? [i + 1] : [])),
        format: String,
        title: 'mean rank, 1 is best',
      },
      style,
      true,
    ),
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        color: style.ink,
        fontFamily: style.font,
        fontSize: 12,
        interval: 0,
        formatter: (name: string) =>
          wrapped(name, style.width * 0.3, { family: style.font, size: 12 }, 1).join('\n'),
      },
    },
    series: [
      {
        type: 'scatter',
        data: order.map(({ rank }, place) => ({
          value: [rank, names[place]!],
          itemStyle: { color: style.colours.get(names[place]!) ?? style.muted },
        })),
        symbolSize: 11,
        emphasis: { disabled: true },
        z: 3,
      },
      ...bars.map(
        ({ from, to }, k): LineSeriesOption => ({
          type: 'line',
          data: [from, to].map((place) => [worst + gap * (k + 1), names[place]!]),
          symbol: 'none',
          lineStyle: { color: style.ink, width: 4, cap: 'round' },
          emphasis: { disabled: true },
          silent: true,
          tooltip: { show: false },
        }),
      ),
    ],
    tooltip: itemTooltip(style, (index) => {
      const at = order[index];
      if (at === undefined) return undefined;
      const name = names[index]!;
      const colour = style.colours.get(name) ?? style.muted;
      return tooltipContent(name, [{ name: 'mean rank', colour, value: formatNumber(at.rank, 3) }]);
    }),
  };
}
