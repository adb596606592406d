// Names with the signs of their series: in tables, and in legends that show and hide series.

import type { PageSeries } from '../page-data.js';
import { breakable, element } from './dom.js';
import type { ColoursOf } from './palette.js';
import { signOf } from './sign.js';
import type { Store } from './store.js';
import { scheme } from './theme.js';

export interface Selection {
  readonly hidden: ReadonlySet<string>;
  /** The series under the pointer or with keyboard focus. */
  readonly focus: string | null;
}

export function legend(
  series: readonly PageSeries[],
  selection: Store<Selection>,
  coloursOf: ColoursOf,
): HTMLElement {
  const items = series.map((one) => legendItem(one, selection));
  const paint = () => {
    for (const { sign } of items) sign.paint(coloursOf(scheme.get()));
  };
  scheme.watch(paint);
  paint();
  const all = element(
    'button',
    {
      type: 'button',
      class: 'chip legend-all',
      onclick: () => selection.set({ hidden: new Set(), focus: null }),
    },
    'Show all',
  );
  const show = ({ hidden }: Selection) => {
    for (const { button, name } of items) button.setAttribute('aria-pressed', String(!hidden.has(name)));
    all.hidden = hidden.size === 0;
  };
  selection.watch(show);
  show(selection.get());
  return element(
    'div',
    { class: 'legend', role: 'group', 'aria-label': 'Series' },
    ...items.map(({ button }) => button),
    all,
  );
}

function legendItem({ name, breaks, outcome }: PageSeries, selection: Store<Selection>) {
  const sign = signOf(name, 'line', outcome === 'broken');
  const seeds = breaks.reduce((sum, one) => sum + one.seeds, 0);
  const statuses = [...new Set(breaks.map(({ status }) => status))].join(', ');
  const focusOn = (focus: string | null) => selection.set({ ...selection.get(), focus });
  const button = element(
    'button',
    {
      type: 'button',
      class: 'chip',
      title: 'Show or hide; Alt-click to show only this series',
      onclick: (event) => {
        const alone = event instanceof MouseEvent && event.altKey;
        selection.set({
          hidden: toggled(selection.get().hidden, name, alone ? others(button) : null),
          focus: null,
        });
      },
      onmouseenter: () => focusOn(name),
      onmouseleave: () => focusOn(null),
      onfocusin: () => focusOn(name),
      onfocusout: () => focusOn(null),
    },
    sign.element,
    element('span', { class: 'legend-name' }, breakable(name)),
    seeds > 0 ? element('span', { class: 'badge bad' }, `${seeds} ${statuses}`) : null,
  );
  button.dataset.series = name;
  return { button, sign, name };
}

/** Names of the other series of a legend. */
function others(button: HTMLElement): string[] {
  return [...(button.parentElement?.querySelectorAll<HTMLElement>('[data-series]') ?? [])]
    .filter((other) => other !== button)
    .map((other) => other.dataset.series!);
}

function toggled(
  hidden: ReadonlySet<string>,
  name: string,
  rest: readonly string[] | null,
): ReadonlySet<string> {
  if (rest !== null) return new Set(rest);
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return next;
}

/** Names that cannot be hidden, each with its mark. */
export function still(named: readonly { readonly name: string }[], coloursOf: ColoursOf): HTMLElement {
  const chips = named.map(({ name }) => element('span', { class: 'chip' }, colouredName(name, coloursOf)));
  return element('div', { class: 'legend still' }, ...chips);
}

/** A name after its mark, repainted when the theme changes. */
export function colouredName(name: string, coloursOf: ColoursOf): HTMLElement {
  const sign = signOf(name, 'mark');
  const paint = () => sign.paint(coloursOf(scheme.get()));
  scheme.watch(paint);
  paint();
  return element('span', { class: 'name' }, sign.element, breakable(name));
}
