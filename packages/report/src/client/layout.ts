// The parts of sections: headings, hints, notes, lists of facts, figures, the footer.

import { type ChartSpec, createChart } from './chart.js';
import { type Child, element } from './dom.js';
import type { ColoursOf } from './palette.js';

/** A section that its `h2` names; links lead to it by `id`. */
export const section = (id: string, title: string | Node, ...children: Child[]): HTMLElement =>
  element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  );

/** A part of a section under an `h3`. */
export const article = (title: string | Node, ...children: Child[]): HTMLElement =>
  element('article', { class: 'comparison' }, element('h3', {}, title), ...children);

export const hint = (text: string, extraClass = ''): HTMLElement =>
  element('p', { class: `hint ${extraClass}`.trim() }, text);

/** How to read a table, below it. */
export const notesList = (notes: readonly string[]): HTMLElement =>
  element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note)));

export const factList = (facts: readonly (readonly [term: string, text: string])[]): HTMLElement =>
  element(
    'dl',
    { class: 'facts' },
    ...facts.map(([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, text))),
  );

/** @param colouring nothing for a chart without series */
export const chartElement = (spec: ChartSpec, colouring: ColoursOf = () => new Map()): HTMLElement =>
  createChart(spec, colouring).element;

export const figure = (
  caption: string | Node,
  chart: HTMLElement,
  attributes: Readonly<Record<string, string>> = {},
): HTMLElement => element('figure', attributes, element('figcaption', {}, caption), chart);

export const footer = ({ name, version }: { readonly name: string; readonly version: string }): HTMLElement =>
  element('footer', {}, `Made by ${name} ${version}. This page is complete in itself and makes no request.`);
