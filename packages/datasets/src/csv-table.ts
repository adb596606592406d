// A CSV file as a table of cells, and its columns as numbers; errors name the row, the line, the column and the cell.

import { readFile } from 'node:fs/promises';
import { didYouMean, GaussmarkError } from '@gaussmark/core';
import { CsvError, parse } from 'csv-parse/sync';
import { isMissing, sha256 } from './files.js';

export interface CsvTable {
  readonly path: string;
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
  /** sha256 of the file's bytes. */
  readonly checksum: string;
}

export interface CsvRow {
  /** Line of the file on which the row ends, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** What people write where they have no number. */
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?', '-']);
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** An error about a user's file. */
export function csvError(
  path: string,
  summary: string,
  details: {
    readonly expected?: string;
    readonly got?: string;
    readonly remedy?: string;
    readonly cause?: unknown;
  } = {},
): GaussmarkError {
  return new GaussmarkError(`${path}: ${summary}`, { plugin: "dataset 'csv'", file: path, ...details });
}

/**
 * Reads a CSV file whose first line names the columns. Cells are trimmed; empty lines are skipped; a column without a
 * name is called `column N`, from 1.
 *
 * @param delimiter one character; `\t` spelled out is a tab.
 * @throws GaussmarkError if there is no such file, it cannot be parsed, its first line holds no names or one twice, a row is
 *   shorter or longer than the first line, or there is no row.
 */
export async function readCsv(path: string, delimiter: string): Promise<CsvTable> {
  const separator = delimiter === '\\t' ? '\t' : delimiter;
  const bytes = await readBytes(path);
  const [header, ...rows] = parseRows(path, bytes, separator);
  if (header === undefined) {
    throw csvError(path, 'the file is empty', {
      expected: 'a line of column names, then one row per example',
    });
  }
  if (header.cells.every((cell) => DECIMAL.test(cell))) {
    throw csvError(path, 'the first line holds numbers, not column names', {
      expected: 'a line of column names',
      got: header.cells.join(separator),
      remedy: 'add a first line that names the columns',
    });
  }
  const columns = header.cells.map((name, i) => (name === '' ? `column ${i + 1}` : name));
  const repeated = columns.find((name, i) => columns.indexOf(name) < i);
  if (repeated !== undefined) {
    throw csvError(path, `two columns are called '${repeated}'`, {
      remedy: 'give every column a name of its own',
    });
  }
  if (rows.length === 0) {
    throw csvError(path, 'the file has no rows', {
      expected: 'rows below the line of column names',
      got: 'that line alone',
    });
  }
  const uneven = rows.findIndex((row) => row.cells.length !== columns.length);
  if (uneven >= 0) {
    throw csvError(path, `${place(rows[uneven]!, uneven)} does not fit the columns`, {
      expected: `${columns.length} cells: ${columns.join(', ')}`,
      got: `${rows[uneven]!.cells.length} cells: ${rows[uneven]!.cells.join(separator)}`,
      remedy: `put cells that contain '${delimiter}' into double quotes, or give the right delimiter`,
    });
  }
  return { path, delimiter, columns, rows, checksum: sha256(bytes) };
}

/**
 * The position of a column.
 *
 * @throws GaussmarkError if the table has none of that name, with the nearest name.
 */
export function columnIndex(table: CsvTable, name: string): number {
  const index = table.columns.indexOf(name);
  if (index >= 0) return index;
  const alone = table.columns.length === 1;
  throw csvError(table.path, `unknown column '${name}'${didYouMean(name, table.columns)}`, {
    ...(alone
      ? { remedy: `the file has one column if '${table.delimiter}' separates them: check the delimiter` }
      : {}),
  });
}

/** The cells of one column, none of them missing. */
export function textColumn(table: CsvTable, name: string): string[] {
  return convertColumn(table, name, 'a class label', (cell) =>
    MISSING.has(cell.toLowerCase()) ? undefined : cell,
  );
}

/** The cells of one column as finite decimal numbers. */
export function numericColumn(table: CsvTable, name: string): number[] {
  return convertColumn(table, name, 'a number', decimal);
}

/** The finite number that a cell holds, `undefined` if it holds none. */
export function decimal(cell: string): number | undefined {
  const value = DECIMAL.test(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function convertColumn<T>(
  table: CsvTable,
  name: string,
  expected: string,
  convert: (cell: string) => T | undefined,
): T[] {
  const column = columnIndex(table, name);
  const values: T[] = [];
  const wrong: number[] = [];
  for (const [i, { cells }] of table.rows.entries()) {
    const value = convert(cells[column]!);
    if (value === undefined) wrong.push(i);
    else values.push(value);
  }
  const first = wrong[0];
  if (first === undefined) return values;
  const cell = table.rows[first]!.cells[column]!;
  const missing = MISSING.has(cell.toLowerCase());
  const more =
    wrong.length === 1 ? '' : ` (and in ${wrong.length - 1} more ${wrong.length === 2 ? 'row' : 'rows'})`;
  const what = missing ? 'a missing cell' : `no ${expected.replace(/^an? /, '')}`;
  throw csvError(table.path, `${place(table.rows[first]!, first)}, column '${name}': ${what}${more}`, {
    expected,
    got: cell === '' ? 'an empty cell' : `'${cell}'`,
    remedy: missing
      ? `fill in the cell or remove the row, or leave the column out with ignore=["${name}"]`
      : `correct the cell, or leave the column out with ignore=["${name}"]`,
  });
}

function place(row: CsvRow, index: number): string {
  return `row ${index + 1} (line ${row.line})`;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) {
      throw csvError(path, 'there is no such file', {
        remedy: `check the path; relative ones start at ${process.cwd()}`,
        cause: error,
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw csvError(path, 'the file cannot be read', { got: reason, cause: error });
  }
}

function parseRows(path: string, bytes: Uint8Array, delimiter: string): CsvRow[] {
  try {
    const records: unknown = parse(bytes, {
      bom: true,
      delimiter,
      info: true,
      relaxColumnCount: true, // Uneven rows get an error of ours, which knows the columns.
      skipEmptyLines: true,
      trim: true,
    });
    return (records as ParsedRecord[]).map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw csvError(path, 'the file is not well-formed CSV', {
      got: error.message,
      remedy: 'correct that line: a double quote inside a quoted cell is written twice',
      cause: error,
    });
  }
}

/** What csv-parse returns with `info: true`. */
interface ParsedRecord {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}
