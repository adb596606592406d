// Reads columns of a table as numbers or class labels; errors name the row, line, column and cell.

import { didYouMean, formatSelectionValue } from '@gaussmark/core';
import { type CsvTable, csvError, decimal, placeOf } from './csv-table.js';
import { splitRows } from './split.js';

/** Common spellings of a missing number. As labels they are names: 'none' is a class. */
const NO_NUMBER = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-']);

const positions = new WeakMap<CsvTable, ReadonlyMap<string, number>>();

/**
 * The position of a column.
 *
 * @throws GaussmarkError if the table has no such column, suggesting the closest name.
 */
export function columnIndex(table: CsvTable, name: string): number {
  const known = positions.get(table) ?? new Map(table.columns.map((column, i) => [column, i]));
  positions.set(table, known);
  const index = known.get(name);
  if (index !== undefined) return index;
  const alone = table.columns.length === 1;
  throw csvError(table.path, `unknown column '${name}'${didYouMean(name, table.columns)}`, {
    remedy: alone
      ? `with the delimiter '${table.delimiter}' the file has only one column: check the delimiter`
      : undefined,
  });
}

/** A feature column as finite decimal numbers; `ignored` lists the columns ignored so far, for the remedy. */
export function featureColumn(table: CsvTable, name: string, ignored: readonly string[]): number[] {
  const without = `ignore the column with ignore=${formatSelectionValue([...ignored, name])}`;
  return numbersOf(table, name, {
    missing: `fill in the cell, remove the row, or ${without}`,
    wrong: `correct the cell, or ${without}`,
  });
}

/** A regression target as finite decimal numbers. */
export function targetColumn(table: CsvTable, name: string): number[] {
  return numbersOf(table, name, {
    missing: 'fill in the cell, or remove the row',
    wrong: 'correct the cell, or set task=classification if the column contains names',
  });
}

/** A column of class labels. Labels are names, even those that look like numbers; only an empty cell is missing. */
export function labelColumn(table: CsvTable, name: string): string[] {
  return convertColumn(table, name, {
    expected: 'a class label',
    convert: (cell) => (cell.trim() === '' ? undefined : cell),
    remedy: () => 'fill in the cell, or remove the row',
  });
}

/**
 * Class indices of training and test rows, and the class names by index: the distinct training labels, sorted by value if
 * all are numbers (`2` before `10`), else by code unit.
 *
 * @throws GaussmarkError if training has fewer than two classes, or a test row has a class that no training row has and
 *   that no model could learn, be it from a test file or from a random split.
 */
export function classIndices(
  labels: { readonly train: LabelledRows; readonly test: LabelledRows },
  target: string,
): { readonly train: number[]; readonly test: number[]; readonly classes: readonly string[] } {
  const { train, test } = labels;
  const sorted = sortLabels(new Set(train.rows.map((row) => train.labels[row]!)));
  const indices = new Map(sorted.map((label, index) => [label, index]));
  const unknown = test.rows.filter((row) => !indices.has(test.labels[row]!));
  if (unknown.length > 0) throw unseenClass(labels, target, unknown, sorted);
  if (sorted.length < 2) {
    throw csvError(train.table.path, `column '${target}' has one class`, {
      expected: 'at least 2 different labels',
      got: `'${sorted[0]}' in every training row`,
    });
  }
  const indicesOf = ({ rows, labels }: LabelledRows) => rows.map((row) => indices.get(labels[row]!)!);
  return { train: indicesOf(train), test: indicesOf(test), classes: sorted };
}

/** Some rows of a table, and the labels of all its rows. */
export interface LabelledRows {
  readonly table: CsvTable;
  readonly labels: readonly string[];
  readonly rows: readonly number[];
}

function sortLabels(labels: ReadonlySet<string>): string[] {
  const byText = (a: string, b: string) => (a < b ? -1 : Number(a > b));
  const numeric = [...labels].every((label) => decimal(label) !== undefined);
  return [...labels].sort(numeric ? (a, b) => Number(a) - Number(b) || byText(a, b) : byText);
}

function unseenClass(
  { train, test }: { readonly train: LabelledRows; readonly test: LabelledRows },
  target: string,
  unknown: readonly number[],
  known: readonly string[],
) {
  const row = unknown.reduce((first, row) => Math.min(first, row));
  const place = `${placeOf(test.table.rows[row]!, row)}, column '${target}'`;
  return csvError(test.table.path, `${place}: the class occurs only in test rows${alsoIn(unknown.length)}`, {
    expected: `one of the training classes: ${known.join(', ')}`,
    got: `'${test.labels[row]}'`,
    remedy:
      test.table === train.table
        ? otherSplit(test)
        : 'correct the cell, or add training rows with that class',
  });
}

/** Cells to read while searching for a split with every class in training. */
const PATIENCE = 2_000_000;

/** How to get every class into training when the rows are split at random. */
function otherSplit({ labels, rows }: LabelledRows): string {
  const classes = new Set(labels).size;
  for (let seed = 0; seed * labels.length < PATIENCE; seed++) {
    const { train } = splitRows(labels.length, rows.length / labels.length, seed);
    if (new Set(train.map((row) => labels[row])).size === classes) {
      return `change the split: with splitSeed=${seed}, every class occurs in training`;
    }
  }
  return 'add rows of the rare classes, remove them, or lower testFraction';
}

function numbersOf(
  table: CsvTable,
  name: string,
  remedies: { readonly missing: string; readonly wrong: string },
): number[] {
  return convertColumn(table, name, {
    expected: 'a number',
    convert: decimal,
    remedy: (isMissing) => (isMissing ? remedies.missing : remedies.wrong),
  });
}

function convertColumn<T>(
  table: CsvTable,
  name: string,
  rule: {
    readonly expected: string;
    readonly convert: (cell: string) => T | undefined;
    readonly remedy: (isMissing: boolean) => string;
  },
): T[] {
  const column = columnIndex(table, name);
  const values: T[] = [];
  const wrong: number[] = [];
  for (const [i, { cells }] of table.rows.entries()) {
    const value = rule.convert(cells[column]!);
    if (value === undefined) wrong.push(i);
    else values.push(value);
  }
  const first = wrong[0];
  if (first === undefined) return values;
  const cell = table.rows[first]!.cells[column]!;
  const isMissing = NO_NUMBER.has(cell.trim().toLowerCase());
  const what = isMissing ? 'missing value' : `not ${rule.expected}`;
  const place = `${placeOf(table.rows[first]!, first)}, column '${name}'`;
  throw csvError(table.path, `${place}: ${what}${alsoIn(wrong.length)}`, {
    expected: rule.expected,
    got: cell.trim() === '' ? 'an empty cell' : `'${cell}'`,
    remedy: rule.remedy(isMissing),
  });
}

function alsoIn(rows: number): string {
  if (rows === 1) return '';
  return ` (and in ${rows - 1} more ${rows === 2 ? 'row' : 'rows'})`;
}
