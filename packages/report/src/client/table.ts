// Tables that sort by the column whose heading is pressed.

import { element } from './dom.js';

export interface TableColumn<Row> {
  readonly title: string;
  /** What the heading's tooltip says. */
  readonly explanation?: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string | Node;
  /** What the column sorts by; null goes last. A column without it does not sort. */
  readonly key?: (row: Row) => number | string | null;
}

export interface Table<Row> {
  readonly element: HTMLElement;
  /** Shows these rows, in the order chosen. */
  show(rows: readonly Row[]): void;
}

type Order<Row> = { readonly column: TableColumn<Row>; readonly descending: boolean } | null;

const naturalOrder = new Intl.Collator('en', { numeric: true });

export function createTable<Row>(
  caption: string,
  columns: readonly TableColumn<Row>[],
  classOf: (row: Row) => string = () => '',
  extraClass = '',
): Table<Row> {
  let order: Order<Row> = null;
  let current: readonly Row[] = [];
  const body = element('tbody');
  const headings = columns.map((column) => heading(column, () => press(column)));

  const draw = (): void => {
    body.replaceChildren(
      ...sorted(current, order).map((row) =>
        element(
          'tr',
          { class: classOf(row) || undefined },
          ...columns.map(({ align, cell }) => element('td', { class: align ?? 'left' }, cell(row))),
        ),
      ),
    );
    columns.forEach((column, index) => {
      const pressed = order?.column === column;
      headings[index]!.setAttribute(
        'aria-sort',
        pressed ? (order!.descending ? 'descending' : 'ascending') : 'none',
      );
    });
  };
  /** Up, then down, then as given. */
  const press = (column: TableColumn<Row>): void => {
    if (order?.column !== column) order = { column, descending: false };
    else order = order.descending ? null : { column, descending: true };
    draw();
  };

  const table = element(
    'table',
    {},
    element('caption', { class: 'visually-hidden' }, caption),
    element('thead', {}, element('tr', {}, ...headings)),
    body,
  );
  return {
    // A scrolling region is reached by keyboard too.
    element: element(
      'div',
      { class: `table-scroll ${extraClass}`.trim(), tabindex: 0, role: 'region', 'aria-label': caption },
      table,
    ),
    show(rows) {
      current = rows;
      draw();
    },
  };
}

function heading<Row>({ title, explanation, align, key }: TableColumn<Row>, press: () => void): HTMLElement {
  const content =
    key === undefined ? title : element('button', { type: 'button', class: 'sort', onclick: press }, title);
  return element('th', { scope: 'col', class: align ?? 'left', title: explanation }, content);
}

function sorted<Row>(rows: readonly Row[], order: Order<Row>): readonly Row[] {
  if (order === null) return rows;
  const { key } = order.column;
  const sign = order.descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [key!(a), key!(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * naturalOrder.compare(String(left), String(right));
  });
}
