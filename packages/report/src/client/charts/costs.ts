// The spec of a bar chart of times: one bar per optimizer, a whisker from its 10th to its 90th percentile.

import type { EChartsOption } from 'echarts';
import { formatSeconds } from '../../format.js';
import type { ChartStyle } from '../chart.js';
import { ticksOf, valueAxis } from './axes.js';
import { tooltipBase, tooltipContent } from './tooltip.js';

export interface Cost {
  readonly name: string;
  readonly seconds: number;
  readonly p10: number | null;
  readonly p90: number | null;
  /** Written after the time: its relation to something. */
  readonly note: string;
}

const ROW_HEIGHT = 24;
const AXIS_HEIGHT = 34;
/** Names longer than this share of the chart's width are cut. */
const NAME_SHARE = 0.38;

export const costHeight = (rows: number): number => rows * ROW_HEIGHT + AXIS_HEIGHT;

export function costChart(costs: readonly Cost[], style: ChartStyle): EChartsOption {
  const most = Math.max(...costs.map(({ seconds, p90 }) => Math.max(seconds, p90 ?? 0)));
  const extent = { min: 0, max: most > 0 ? most * 1.02 : 1 };
  const colour = (name: string) => style.colours.get(name) ?? style.muted;
  const lane = {
    type: 'category' as const,
    inverse: true,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
  };
  const label = { fontFamily: style.font, fontSize: 11, interval: 0 };
  return {
    grid: { left: 0, right: 0, top: 4, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(
      {
        extent,
        log: false,
        ticks: ticksOf(extent, false, style.width < 480 ? 2 : 4),
        format: tickTime(most),
      },
      style,
      true,
    ),
    yAxis: [
      {
        ...lane,
        data: costs.map(({ name }) => name),
        axisLabel: { ...label, color: style.ink, width: style.width * NAME_SHARE, overflow: 'truncate' },
      },
      {
        ...lane,
        position: 'right',
        data: costs.map(({ seconds, note }) => `${formatSeconds(seconds)}${note === '' ? '' : `  ${note}`}`),
        axisLabel: { ...label, color: style.muted },
      },
    ],
    series: [
      {
        type: 'bar',
        data: costs.map(({ name, seconds }) => ({
          value: seconds,
          itemStyle: { color: colour(name), borderRadius: [0, 3, 3, 0] },
        })),
        barWidth: 10,
        emphasis: { disabled: true },
      },
      {
        type: 'custom',
        data: costs.flatMap(({ p10, p90 }, index) =>
          p10 === null || p90 === null ? [] : [[p10, index, p90]],
        ),
        encode: { x: [0, 2], y: 1 },
        renderItem: (_params, api) => {
          const [from, to] = [
            api.coord([api.value(0), api.value(1)]),
            api.coord([api.value(2), api.value(1)]),
          ];
          const [y, half] = [from[1]!, 4];
          const stroke = { stroke: style.ink, lineWidth: 1.2, opacity: 0.75 };
          const segment = (x1: number, y1: number, x2: number, y2: number) => ({
            type: 'line' as const,
            shape: { x1, y1, x2, y2 },
            style: stroke,
          });
          return {
            type: 'group',
            children: [
              segment(from[0]!, y, to[0]!, y),
              segment(from[0]!, y - half, from[0]!, y + half),
              segment(to[0]!, y - half, to[0]!, y + half),
            ],
          };
        },
        silent: true,
        tooltip: { show: false },
        z: 5,
      },
    ],
    tooltip: {
      ...tooltipBase(style),
      trigger: 'item',
      formatter: (params) => {
        const cost = costs[Array.isArray(params) ? -1 : params.dataIndex];
        if (cost === undefined) return '';
        const { name, seconds, p10, p90 } = cost;
        const spread =
          p10 === null || p90 === null ? '' : `10 to 90 %: ${formatSeconds(p10)} … ${formatSeconds(p90)}`;
        return tooltipContent(name, [
          { name: 'median', colour: colour(name), value: formatSeconds(seconds), detail: spread },
        ]);
      },
    },
  };
}

/** Ticks in the unit of the largest, without trailing zeros. */
function tickTime(most: number): (seconds: number) => string {
  const [size, unit] = most < 1e-3 ? [1e-6, 'µs'] : most < 1 ? [1e-3, 'ms'] : [1, 's'];
  return (seconds) => `${Number((seconds / size).toPrecision(6))} ${unit}`;
}
