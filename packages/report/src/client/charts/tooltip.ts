// Tooltips of charts: a heading and one line per series.

import { formatNumber } from '@gaussmark/analysis/words';
import type { TooltipComponentOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { element } from '../dom.js';
import { signElement } from '../sign.js';
import type { Mark } from './marks.js';

export interface TooltipLine {
  readonly name: string;
  readonly colour: string;
  readonly mark?: Mark;
  readonly value: string;
  readonly detail?: string;
}

const MOST_LINES = 14;

export function tooltipContent(heading: string, lines: readonly TooltipLine[]): HTMLElement {
  const hidden = lines.length - MOST_LINES;
  return element(
    'div',
    { class: 'tooltip' },
    element('div', { class: 'tooltip-heading' }, heading),
    element(
      'div',
      { class: 'tooltip-lines' },
      ...lines
        .slice(0, MOST_LINES)
        .flatMap(({ name, colour, mark, value, detail }) => [
          signElement(colour, mark ?? null),
          element('span', { class: 'tooltip-name' }, name),
          element('span', { class: 'tooltip-value' }, value),
          element('span', { class: 'tooltip-detail' }, detail ?? ''),
        ]),
    ),
    hidden > 0 ? element('div', { class: 'tooltip-more' }, `and ${hidden} more`) : null,
  );
}

/** `0.71 … 0.73`, or empty. */
export const spreadText = (
  low: number | null,
  high: number | null,
  format: (value: number) => string = formatNumber,
): string => (low === null || high === null ? '' : `${format(low)} … ${format(high)}`);

/** Tooltips are placed on the page, not clipped by their chart; the style sheet styles them. */
const tooltipBase = (style: ChartStyle) => ({
  appendTo: 'body',
  position: style.tooltipPosition,
  transitionDuration: 0,
  className: 'tooltip-box',
  borderWidth: 0,
  padding: 0,
  backgroundColor: 'transparent',
});

type Content = HTMLElement | string;

/** @param describe the item under the pointer, by its index and that of its series */
export const itemTooltip = (
  style: ChartStyle,
  describe: (item: number, series: number) => Content | undefined,
): TooltipComponentOption => ({
  ...tooltipBase(style),
  trigger: 'item',
  formatter: (params) =>
    (Array.isArray(params) ? undefined : describe(params.dataIndex, params.seriesIndex ?? 0)) ?? '',
});

/** @param describe all series at one x */
export const axisTooltip = (style: ChartStyle, describe: (x: number) => Content): TooltipComponentOption => ({
  ...tooltipBase(style),
  trigger: 'axis',
  axisPointer: { type: 'line', lineStyle: { color: style.muted, width: 1, type: 'solid', opacity: 0.6 } },
  formatter: (params) => {
    const first: unknown = Array.isArray(params) ? params[0] : params;
    return describe(Number((first as { readonly axisValue?: unknown } | undefined)?.axisValue));
  },
});
