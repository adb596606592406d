// Puts a chart on the page: drawn when it comes near the screen, redrawn when the theme, its size or its input changes.

import type { EChartsOption } from 'echarts';
import { element } from './dom.js';
import { type EChartsType, init } from './echarts.js';
import type { Scheme } from './palette.js';
import { readTokens, scheme, type Tokens } from './theme.js';

/** What a spec builder may depend on besides its data. */
export interface ChartStyle extends Tokens {
  readonly colours: ReadonlyMap<string, string>;
  /** Width of the chart, in pixels. */
  readonly width: number;
  /** Where a tooltip goes, in the coordinates of the chart. */
  readonly tooltipPosition: (
    pointer: [number, number],
    params: unknown,
    tooltip: unknown,
    rect: unknown,
    size: { readonly contentSize: [number, number] },
  ) => [number, number];
}

export type ColoursOf = (scheme: Scheme) => ReadonlyMap<string, string>;

export interface ChartSpec {
  /** What the chart shows, for those who cannot see it. */
  readonly description: string;
  /** In pixels. */
  readonly height: number;
  readonly build: (style: ChartStyle) => EChartsOption;
}

export interface Chart {
  readonly element: HTMLElement;
  /** Draws again, from whatever `build` reads. */
  redraw(): void;
}

const PRINT_WIDTH = 640;
const every = new Set<{ draw(width?: number): void }>();

export function createChart(spec: ChartSpec, coloursOf: ColoursOf): Chart {
  const host = element('div', { class: 'chart', role: 'img', 'aria-label': spec.description });
  host.style.height = `${spec.height}px`;
  let instance: EChartsType | undefined;
  let near = false;

  const draw = (forced?: number): void => {
    const width = forced ?? host.clientWidth;
    if (width === 0) return;
    instance ??= init(host, null, { renderer: 'svg', width, height: spec.height });
    if (instance.getWidth() !== width) instance.resize({ width, height: spec.height });
    const option = spec.build({
      ...readTokens(),
      colours: coloursOf(scheme.get()),
      width,
      tooltipPosition: ([x, y], _params, _tooltip, _rect, { contentSize }) =>
        besidePointer(host, x, y, contentSize),
    });
    instance.setOption({ animation: false, ...option }, { notMerge: true });
  };
  const redraw = (): void => {
    if (near) draw();
  };

  new IntersectionObserver(
    ([entry], observer) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      near = true;
      draw();
      new ResizeObserver(redraw).observe(host);
    },
    { rootMargin: '600px' },
  ).observe(host);
  scheme.watch(redraw);
  every.add({ draw });
  return { element: host, redraw };
}

const GAP = 16;

/** Right of the pointer if the window has room there, else left of it, else at the window's edge; level with the pointer. */
function besidePointer(
  host: HTMLElement,
  x: number,
  y: number,
  [width, height]: [number, number],
): [number, number] {
  const { left, top } = host.getBoundingClientRect();
  const [windowWidth, windowHeight] = [
    document.documentElement.clientWidth,
    document.documentElement.clientHeight,
  ];
  const right = left + x + GAP;
  const wanted = right + width <= windowWidth ? right : left + x - GAP - width;
  const within = (value: number, size: number, room: number) =>
    Math.max(GAP / 2, Math.min(value, room - size - GAP / 2));
  return [
    (wanted >= 0 ? wanted : within(right, width, windowWidth)) - left,
    within(top + y - height / 2, height, windowHeight) - top,
  ];
}

/** Charts that were never on the screen are drawn for paper too, all at the width of a column of it. */
export function drawForPrint(): void {
  addEventListener('beforeprint', () => {
    for (const chart of every) chart.draw(PRINT_WIDTH);
  });
  addEventListener('afterprint', () => {
    for (const chart of every) chart.draw();
  });
}
