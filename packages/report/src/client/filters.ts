// Controls that filter the rows of a table: a search field and a choice of kind.

import { formatCount } from '@gaussmark/analysis/words';
import { element } from './dom.js';
import type { Table } from './table.js';

export interface FilterOptions<Row> {
  /** Plural name of the rows. */
  readonly noun: string;
  readonly placeholder: string;
  /** The text to search. */
  readonly textOf: (row: Row) => string;
  readonly kindLabel: string;
  /** The first should match all rows. */
  readonly kinds: readonly { readonly text: string; readonly matches: (row: Row) => boolean }[];
}

export function filterControls<Row>(
  table: Table<Row>,
  rows: readonly Row[],
  { noun, placeholder, textOf, kindLabel, kinds }: FilterOptions<Row>,
): HTMLElement {
  const count = element('span', { class: 'hint', role: 'status' });
  const text = element('input', {
    type: 'search',
    placeholder,
    'aria-label': `Filter ${noun}`,
    oninput: () => filter(),
  });
  const kind = element(
    'select',
    { 'aria-label': kindLabel, onchange: () => filter() },
    ...kinds.map(({ text }, index) => element('option', { value: index }, text)),
  );
  const filter = (): void => {
    const words = text.value.toLowerCase().split(/\s+/);
    const { matches } = kinds[Number(kind.value)]!;
    const matching = rows.filter((row) => {
      const searched = textOf(row).toLowerCase();
      return matches(row) && words.every((word) => searched.includes(word));
    });
    table.show(matching);
    count.textContent = `${formatCount(matching.length)} of ${formatCount(rows.length)} ${noun}`;
  };
  filter();
  return element('div', { class: 'toolbar filters' }, text, kind, count);
}
