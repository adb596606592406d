// A roofline plot: operations per second by operations per byte, under the machine's limits.

import type { TimingSuite } from '@gaussmark/analysis';
import { formatNumber } from '@gaussmark/analysis/words';
import type { EChartsOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { extentOf, PLOT_GRID, ticksOf, valueAxis, widen } from './axes.js';
import { itemTooltip, tooltipContent } from './tooltip.js';

export function rooflineChart({ costs, peak }: TimingSuite, style: ChartStyle): EChartsOption {
  // Steps with inner iterations are mixtures of the parts and would lie on top of them.
  const points = costs.flatMap(({ name, intensity, flopsPerSecond, innerIterations }) =>
    flopsPerSecond === null || intensity === 0 || innerIterations !== undefined
      ? []
      : [{ name, intensity, rate: flopsPerSecond / 1e9 }],
  );
  const [roof, bandwidth] = [peak.flopsPerSecond / 1e9, peak.bytesPerSecond / 1e9];
  const ridge = roof / bandwidth;
  const widest = (values: readonly number[]) => widen(extentOf(values, true)!, true, 0.1);
  const x = widest([...points.map(({ intensity }) => intensity), ridge / 4, ridge * 4]);
  const y = widest([...points.map(({ rate }) => rate), x.min * bandwidth, roof * 1.2]);
  const colour = (name: string) => style.colours.get(name) ?? style.muted;
  return {
    grid: PLOT_GRID,
    xAxis: valueAxis(
      {
        extent: x,
        log: true,
        ticks: ticksOf(x, true, style.width < 420 ? 3 : 5),
        title: 'operations per byte',
      },
      style,
      false,
    ),
    yAxis: valueAxis({ extent: y, log: true, ticks: ticksOf(y, true) }, style, true),
    series: [
      {
        type: 'line',
        data: [
          [x.min, x.min * bandwidth],
          [ridge, roof],
          [x.max, roof],
        ],
        symbol: 'none',
        lineStyle: { color: style.muted, width: 1.8 },
        clip: true,
        silent: true,
        tooltip: { show: false },
      },
      {
        type: 'scatter',
        data: points.map(({ name, intensity, rate }) => ({
          value: [intensity, rate],
          name,
          // Towards the middle of the chart.
          label: { position: intensity ** 2 > x.min * x.max ? ('left' as const) : ('right' as const) },
          itemStyle: { color: colour(name), borderColor: style.surface, borderWidth: 1 },
        })),
        symbolSize: 9,
        label: {
          show: true,
          formatter: '{b}',
          color: style.muted,
          fontFamily: style.font,
          fontSize: 10,
        },
        labelLayout: { hideOverlap: true },
        emphasis: { disabled: true },
        z: 4,
      },
    ],
    tooltip: itemTooltip(style, (index) => {
      const point = points[index];
      if (point === undefined) return undefined;
      const { name, intensity, rate } = point;
      const allowed = Math.min(roof, intensity * bandwidth);
      return tooltipContent(name, [
        { name: 'reached', colour: colour(name), value: `${formatNumber(rate)} GFLOP/s` },
        { name: 'the roof above', colour: style.muted, value: `${formatNumber(allowed)} GFLOP/s` },
      ]);
    }),
  };
}
