// What floats over a chart: a heading and one line per series, made of text nodes.

import type { ChartStyle } from '../chart.js';
import { element } from '../dom.js';
import { drawn } from '../sign.js';
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
          drawn(colour, mark ?? null),
          element('span', { class: 'tooltip-name' }, name),
          element('span', { class: 'tooltip-value' }, value),
          element('span', { class: 'tooltip-detail' }, detail ?? ''),
        ]),
    ),
    hidden > 0 ? element('div', { class: 'tooltip-more' }, `and ${hidden} more`) : null,
  );
}

/** What all tooltips share: they float over the page, which may be wider than their chart; their looks are in the style sheet. */
export const tooltipBase = (style: ChartStyle) =>
  ({
    appendTo: 'body',
    position: style.tooltipPosition,
    transitionDuration: 0,
    className: 'tooltip-box',
    borderWidth: 0,
    padding: 0,
    backgroundColor: 'transparent',
  }) as const;
