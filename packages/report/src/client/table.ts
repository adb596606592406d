// Tables that sort by the column whose heading is pressed.

import { formatCount } from '@gaussmark/analysis/words';
import { breakable, element } from './dom.js';
import { overflowBox } from './overflow.js';

export interface TableColumn<Row> {
  readonly title: string;
  /** What the heading's tooltip says. */
  readonly explanation?: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string | Node;
  /** Stays where it is while the others scroll sideways. Default: the first column of texts. */
  readonly sticky?: boolean;
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

export interface TableOptions<Row> {
  /** Class of a row. */
  readonly classOf?: (row: Row) => string;
  /** Class of the region that scrolls. */
  readonly extraClass?: string;
  /** Rows shown at once; the others are a press away. Default: all. */
  readonly pageSize?: number;
}

export function createTable<Row>(
  caption: string,
  columns: readonly TableColumn<Row>[],
  { classOf = () => '', extraClass = '', pageSize = Number.POSITIVE_INFINITY }: TableOptions<Row> = {},
): Table<Row> {
  let from = 0;
  let order: Order<Row> = null;
  let current: readonly Row[] = [];
  const body = element('tbody');
  const sticky = columns.find((column) => column.sticky) ?? columns.find(({ align }) => align !== 'right');
  const classOfCell = (column: TableColumn<Row>) =>
    `${column.align ?? 'left'}${column === sticky ? ' sticky' : ''}`;
  const headings = columns.map((column) => heading(column, classOfCell(column), () => press(column)));

  const draw = (): void => {
    body.replaceChildren(
      ...sorted(current, order)
        .slice(from, from + pageSize)
        .map((row) =>
          element(
            'tr',
            { class: classOf(row) || undefined },
            ...columns.map((column) => {
              const content = column.cell(row);
              const text = typeof content === 'string' && column.align !== 'right';
              return element('td', { class: classOfCell(column) }, text ? breakable(content) : content);
            }),
          ),
        ),
    );
    pager.show(from, current.length);
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
    from = 0;
    draw();
  };
  const pager = createPager(pageSize, (next) => {
    from = next;
    draw();
  });

  const table = element(
    'table',
    {},
    element('caption', { class: 'visually-hidden' }, caption),
    element('thead', {}, element('tr', {}, ...headings)),
    body,
  );
  return {
    element: element(
      'div',
      { class: 'table' },
      overflowBox(
        element(
          'div',
          { class: `table-scroll ${extraClass}`.trim(), role: 'region', 'aria-label': caption },
          table,
        ),
      ),
      pager.element,
    ),
    show(rows) {
      current = rows;
      from = 0;
      draw();
    },
  };
}

/** `‹ 51–100 of 2,016 ›`; hidden where all rows fit. */
function createPager(size: number, go: (from: number) => void) {
  let current = 0;
  const text = element('span', { class: 'hint', role: 'status' });
  const button = (label: string, sign: string, by: number) =>
    element('button', { type: 'button', 'aria-label': label, onclick: () => go(current + by) }, sign);
  const [back, forth] = [button('Previous rows', '‹', -size), button('Next rows', '›', size)];
  const all = element('div', { class: 'pager' }, back, text, forth);
  return {
    element: all,
    show(from: number, total: number): void {
      current = from;
      all.hidden = total <= size;
      back.disabled = from === 0;
      forth.disabled = from + size >= total;
      text.textContent = all.hidden
        ? ''
        : `${formatCount(from + 1)}–${formatCount(Math.min(total, from + size))} of ${formatCount(total)}`;
    },
  };
}

function heading<Row>(
  { title, explanation, key }: TableColumn<Row>,
  cellClass: string,
  press: () => void,
): HTMLElement {
  const content =
    key === undefined ? title : element('button', { type: 'button', class: 'sort', onclick: press }, title);
  return element('th', { scope: 'col', class: cellClass, title: explanation }, content);
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
