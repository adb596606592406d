// The sign of a series beside its name: its line and its mark in its colour.

import { type Mark, markOf } from './charts/marks.js';
import { svgElement } from './dom.js';

export interface Sign {
  readonly element: SVGElement;
  /** Repaints for another theme. */
  paint(colours: ReadonlyMap<string, string>): void;
}

/** @param kind the line with its mark, or the mark alone */
export function signOf(name: string, kind: 'line' | 'mark', dashed = false): Sign {
  let element: SVGElement = signElement('none', null, kind, dashed);
  return {
    get element() {
      return element;
    },
    paint(colours) {
      const next = signElement(colours.get(name) ?? 'currentcolor', markOf(name, colours), kind, dashed);
      element.replaceWith(next);
      element = next;
    },
  };
}

const WIDTH = 22;

/** @param mark null for a line alone */
export function signElement(
  colour: string,
  mark: Mark | null,
  kind: 'line' | 'mark' = 'line',
  dashed = false,
): SVGElement {
  const width = kind === 'line' ? WIDTH : 10;
  return svgElement(
    'svg',
    { class: 'sign', viewBox: `0 0 ${width} 10`, width, height: 10, 'aria-hidden': 'true', stroke: colour },
    ...(kind === 'mark'
      ? []
      : [
          svgElement('path', {
            d: `M0 5H${WIDTH}`,
            'stroke-width': 2,
            ...(dashed ? { 'stroke-dasharray': '4 3' } : {}),
          }),
        ]),
    ...(mark === null
      ? []
      : [
          svgElement('path', {
            d: mark.path,
            transform: kind === 'line' ? `translate(${(WIDTH - 10) / 2} 0)` : '',
            'stroke-width': mark.hollow ? 1.6 : 0,
            class: mark.hollow ? 'hollow' : '',
            ...(mark.hollow ? {} : { fill: colour }),
          }),
        ]),
  );
}
