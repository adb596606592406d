// Charts on the page: drawn soon after loading, redrawn when the theme, their size or their input changes.

import type { EChartsOption } from 'echarts';
import { type ChartTokens, chartTokens } from './colours.js';
import { element } from './dom.js';
import { type EChartsType, init } from './echarts.js';
import type { ColoursOf } from './palette.js';
import { isPrinting } from './print.js';
import { scheme } from './theme.js';

/** What a chart's options depend on besides its data. */
export interface ChartStyle extends ChartTokens {
  readonly colours: ReadonlyMap<string, string>;
  /** Of the chart, in pixels. */
  readonly width: number;
  /** Places a tooltip, in the chart's coordinates. */
  readonly tooltipPosition: (
    pointer: [number, number],
    params: unknown,
    tooltip: unknown,
    rect: unknown,
    size: { readonly contentSize: [number, number] },
  ) => [number, number];
}

export interface ChartSpec {
  /** Alternative text. */
  readonly description: string;
  /** In pixels. */
  readonly height: number;
  readonly build: (style: ChartStyle) => EChartsOption;
}

export interface Chart {
  readonly element: HTMLElement;
  /** Redraws if already drawn. */
  redraw(): void;
}

interface Drawable {
  readonly host: HTMLElement;
  draw(width?: number): void;
  isDrawn(): boolean;
}

const charts = new Set<Drawable>();

export function createChart(spec: ChartSpec, coloursOf: ColoursOf): Chart {
  const host = element('div', { class: 'chart', role: 'img', 'aria-label': spec.description });
  host.style.height = `${spec.height}px`;
  let instance: EChartsType | undefined;

  const draw = (forced?: number): void => {
    const width = forced ?? host.clientWidth;
    if (width === 0) return;
    instance ??= init(host, null, { renderer: 'svg', width, height: spec.height });
    if (instance.getWidth() !== width) instance.resize({ width, height: spec.height });
    const option = spec.build({
      ...chartTokens(scheme.get()),
      colours: coloursOf(scheme.get()),
      width,
      tooltipPosition: ([x, y], _params, _tooltip, _rect, { contentSize }) =>
        besidePointer(host, x, y, contentSize),
    });
    instance.setOption({ animation: false, ...option }, { notMerge: true });
  };
  const redraw = (): void => {
    if (instance !== undefined) draw();
  };

  // Charts near the viewport come first.
  new IntersectionObserver(
    ([entry], observer) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      if (instance === undefined) draw();
    },
    { rootMargin: '600px' },
  ).observe(host);
  // Also covers a container that opens, and printing at another width.
  new ResizeObserver(() => {
    if (!isPrinting() && instance?.getWidth() !== host.clientWidth) redraw();
  }).observe(host);
  scheme.watch(redraw);
  charts.add({ host, draw, isDrawn: () => instance !== undefined });
  return { element: host, redraw };
}

/** Drawing time right after loading, in ms: enough for an immediate capture of all but very long pages. */
const AT_ONCE = 3000;
/** Drawing time per task afterwards, in ms, to keep the page responsive. */
const AT_A_TIME = 40;

/** Draws the charts outside the viewport too, for capturing, searching and printing. */
export function drawAllCharts(): void {
  const drawFor = (milliseconds: number): void => {
    const end = performance.now() + milliseconds;
    // Read all widths first: reading one after drawing a chart forces a layout.
    const waiting = [...charts]
      .filter(({ isDrawn }) => !isDrawn())
      .map(({ host, draw }) => ({ draw, width: host.clientWidth }))
      .filter(({ width }) => width > 0);
    for (const { draw, width } of waiting) {
      if (performance.now() > end) {
        setTimeout(drawFor, 0, AT_A_TIME);
        return;
      }
      draw(width);
    }
  };
  drawFor(AT_ONCE);
}

/** @param width of every chart; default: each chart's own */
export function redrawAllCharts(width?: number): void {
  for (const chart of charts) {
    if (chart.host.isConnected) chart.draw(width);
    else charts.delete(chart);
  }
}

const GAP = 16;

/** Right of the pointer if there is room, else left of it, else at the window's edge; level with the pointer. */
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
