// A table of texts on the page: intervals below their numbers, columns that sort, names with their colours.

import { defined } from '@gaussmark/core/defined';
import type { TextCell, TextTable } from '../text-table.js';
import { breakable, element } from './dom.js';
import type { ColoursOf } from './palette.js';
import { signOf } from './sign.js';
import { createTable } from './table.js';
import { scheme } from './theme.js';

export interface TextTableOptions {
  /** Colours the names in the first column. */
  readonly coloursOf?: ColoursOf;
  readonly pageSize?: number;
}

export function textTableElement(
  caption: string,
  { columns, rows }: TextTable,
  { coloursOf, pageSize }: TextTableOptions = {},
): HTMLElement {
  const table = createTable<readonly TextCell[]>(
    caption,
    columns.map(({ title, align, explanation }, column) => ({
      title: capitalized(title),
      align,
      ...defined({ explanation }),
      cell: (cells) => {
        const { text, interval } = cells[column]!;
        if (column === 0 && coloursOf !== undefined) return colouredName(text, coloursOf);
        if (interval === '') return text;
        return element('span', { class: 'estimate' }, text, element('span', { class: 'interval' }, interval));
      },
      key: (cells) => cells[column]!.key,
    })),
    defined({ pageSize }),
  );
  table.show(rows);
  return table.element;
}

/** A heading begins with a capital; a symbol (p) stays as it is. */
const capitalized = (title: string): string =>
  /^[a-z]{2}/.test(title) ? `${title[0]!.toUpperCase()}${title.slice(1)}` : title;

/** A name behind its mark, whose colour follows the theme. */
export function colouredName(name: string, coloursOf: ColoursOf): HTMLElement {
  const sign = signOf(name, 'mark');
  const cell = element('span', { class: 'name' }, sign.element, breakable(name));
  const paint = () => sign.paint(coloursOf(scheme.get()));
  scheme.watch(paint);
  paint();
  return cell;
}

/** What a table's numbers mean, below it. */
export const notesList = (notes: readonly string[]): HTMLElement =>
  element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note)));
