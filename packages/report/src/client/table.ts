// Tables that sort by a column when its heading is pressed.

import type { ColumnOf, TextCell, TextTable } from '@gaussmark/analysis/words';
import { formatCount, NOTHING } from '@gaussmark/analysis/words';
import { breakable, type Child, element } from './dom.js';
import { colouredName } from './legend.js';
import { overflowBox } from './overflow.js';
import type { ColoursOf } from './palette.js';

export interface PageColumn<Row> extends ColumnOf<Row> {
  /** Replaces the cell's text. */
  readonly draw?: (row: Row) => Node | string;
  /** Stays in place while the others scroll sideways. Default: the first column of texts. */
  readonly sticky?: boolean;
  /** Default: true. */
  readonly sorts?: boolean;
}

export interface Table<Row> {
  readonly element: HTMLElement;
  /** Shows these rows, in the chosen order. */
  show(rows: readonly Row[]): void;
}

export interface TableOptions<Row> {
  readonly coloursOf?: ColoursOf | undefined;
  /** Class of a row. */
  readonly classOf?: (row: Row) => string;
  /** Class of the region that scrolls. */
  readonly extraClass?: string;
  /** Default: all rows on one page. */
  readonly pageSize?: number;
}

type Order<Row> = { readonly column: PageColumn<Row>; readonly descending: boolean } | null;

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** A table whose cells are known. */
export function tableElement(
  caption: string,
  { columns, rows }: TextTable,
  options: TableOptions<readonly TextCell[]> = {},
): HTMLElement {
  const table = createTable<readonly TextCell[]>(
    caption,
    columns.map((column, index) => ({ ...column, cell: (cells) => cells[index]! })),
    options,
  );
  table.show(rows);
  return table.element;
}

export function createTable<Row>(
  caption: string,
  all: readonly PageColumn<Row>[],
  {
    coloursOf,
    classOf = () => '',
    extraClass = '',
    pageSize = Number.POSITIVE_INFINITY,
  }: TableOptions<Row> = {},
): Table<Row> {
  let from = 0;
  let order: Order<Row> = null;
  let current: readonly Row[] = [];
  const body = element('tbody');
  const columns = all.filter(({ under }) => !all.some(({ title }) => title === under));
  const sticky = columns.find((column) => column.sticky) ?? columns.find(({ align }) => align === 'left');
  const classOfCell = (column: PageColumn<Row>) => `${column.align}${column === sticky ? ' sticky' : ''}`;
  const headings = columns.map((column) => heading(column, classOfCell(column), () => press(column)));

  const cellElement = (column: PageColumn<Row>, row: Row): HTMLElement => {
    const { text, interval, tone, caution, heat } = column.cell(row);
    const under = all.filter((other) => other !== column && other.under === column.title);
    const content = column.draw?.(row) ?? textElement(text, column, coloursOf);
    const cell = element(
      'td',
      { class: classOfCell(column), 'data-column': column.title },
      caution === undefined ? null : cautionMark(caution),
      tone === undefined ? content : element('span', { class: tone }, content),
      interval === '' ? null : element('span', { class: 'under' }, interval),
      ...under.map(({ title, cell, draw }): Child => {
        const { text: small, tone } = cell(row);
        // Nothing to add to the cell above.
        if (['', NOTHING, text].includes(small)) return null;
        return element(
          'span',
          { class: `under ${tone ?? ''}`.trim(), 'data-column': title },
          draw?.(row) ?? small,
        );
      }),
    );
    if (heat !== undefined) {
      cell.classList.add(heat < 0 ? 'cold' : 'hot');
      cell.style.setProperty('--heat', `${Math.round(30 * Math.abs(heat))}%`);
    }
    return cell;
  };
  const draw = (): void => {
    const rows = sorted(current, order).slice(from, from + pageSize);
    body.replaceChildren(
      ...rows.map((row) =>
        element(
          'tr',
          { class: classOf(row) || undefined },
          ...columns.map((column) => cellElement(column, row)),
        ),
      ),
    );
    pager.show(from, current.length);
    columns.forEach((column, index) => {
      const direction = order?.descending ? 'descending' : 'ascending';
      headings[index]!.setAttribute('aria-sort', order?.column === column ? direction : 'none');
    });
  };
  /** Ascending, then descending, then the original order. */
  const press = (column: PageColumn<Row>): void => {
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
      pageSize === Number.POSITIVE_INFINITY ? null : pager.element,
    ),
    show(rows) {
      current = rows;
      from = 0;
      draw();
    },
  };
}

/** Long texts may break; numbers do not. */
function textElement<Row>(
  text: string,
  { names, align }: PageColumn<Row>,
  coloursOf: ColoursOf | undefined,
): Node | string {
  if (names && coloursOf !== undefined) return colouredName(text, coloursOf);
  if (align === 'right') return text;
  return names ? element('span', { class: 'name' }, breakable(text)) : breakable(text);
}

/** @param text why the number should not be trusted, also for screen readers */
const cautionMark = (text: string): HTMLElement =>
  element(
    'span',
    { class: 'caution', title: text },
    element('span', { 'aria-hidden': 'true' }, '⚠'),
    element('span', { class: 'visually-hidden' }, text),
  );

/** `‹ 51–100 of 2,016 ›`; hidden if all rows fit. */
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

/** Symbols such as p stay in lower case. */
const capitalized = (title: string): string =>
  /^[a-z]{2}/.test(title) ? `${title[0]!.toUpperCase()}${title.slice(1)}` : title;

function heading<Row>(
  { title, explanation, sorts = true }: PageColumn<Row>,
  cellClass: string,
  press: () => void,
): HTMLElement {
  const text = capitalized(title);
  const content = sorts ? element('button', { type: 'button', class: 'sort', onclick: press }, text) : text;
  return element('th', { scope: 'col', class: cellClass, title: explanation }, content);
}

function sorted<Row>(rows: readonly Row[], order: Order<Row>): readonly Row[] {
  if (order === null) return rows;
  const { cell } = order.column;
  const sign = order.descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: cell(row).key }))
    .sort(({ key: left }, { key: right }) => {
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
      return sign * naturalOrder.compare(String(left), String(right));
    })
    .map(({ row }) => row);
}
