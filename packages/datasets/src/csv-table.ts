// A CSV file as a table of cells; errors name the line.

import { decodeText, type ErrorDetails, GaussmarkError, readRegularFile } from '@gaussmark/core';
import { CsvError, parse } from 'csv-parse/sync';
import { sha256 } from './files.js';

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

export interface CsvFormat {
  /** One character; `\t` spelled out is a tab. */
  readonly delimiter: string;
  /** Of a file without a byte-order mark. */
  readonly encoding: string;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PLUGIN = "dataset 'csv'";
/** A table takes some ten times its file in memory. */
const LARGEST_FILE = 256 * 2 ** 20;

/** An error about a user's file. */
export function csvError(path: string, summary: string, details: ErrorDetails = {}): GaussmarkError {
  return new GaussmarkError(`${path}: ${summary}`, { plugin: PLUGIN, file: path, ...details });
}

/**
 * Reads a CSV file whose first line names the columns. Lines end in LF, CRLF or CR; spaces and tabs around
 * cells are dropped, but not inside double quotes, nor is any other blank, such as a no-break space, which may tell two labels apart; empty lines are skipped; a column without a name is called `column N`, from 1.
 *
 * @throws GaussmarkError if there is no such file, it is larger than 256 MiB or no regular file, its bytes are not text in its
 *   encoding, it cannot be parsed, its first line holds no names or one twice, a row is shorter or longer than the first
 *   line, or there is no row.
 */
export async function readCsv(path: string, { delimiter, encoding }: CsvFormat): Promise<CsvTable> {
  const separator = delimiter === '\\t' ? '\t' : delimiter;
  const bytes = await readRegularFile(path, { plugin: PLUGIN, limit: LARGEST_FILE });
  const text = decodeText(bytes, {
    label: path,
    file: path,
    plugin: PLUGIN,
    encoding,
    remedy: otherEncoding,
  });
  const [header, ...rows] = parseRows(path, text, separator);
  if (header === undefined) {
    throw csvError(path, 'the file is empty', {
      expected: 'a line of column names, then one row per example',
    });
  }
  const columns = columnNames(path, header, separator);
  if (rows.length === 0) {
    throw csvError(path, 'the file has no rows', {
      expected: 'rows below the line of column names',
      got: 'that line alone',
    });
  }
  const uneven = rows.findIndex((row) => row.cells.length !== columns.length);
  if (uneven >= 0) {
    throw csvError(path, `${placeOf(rows[uneven]!, uneven)} does not fit the columns`, {
      expected: `${columns.length} cells: ${columns.join(', ')}`,
      got: `${rows[uneven]!.cells.length} cells: ${rows[uneven]!.cells.join(separator)}`,
      remedy: `put cells that contain '${delimiter}' into double quotes, or give the right delimiter`,
    });
  }
  return { path, delimiter, columns, rows, checksum: sha256(bytes) };
}

/** The finite number that a cell holds, `undefined` if it holds none. */
export function decimal(cell: string): number | undefined {
  const digits = cell.trim();
  const value = DECIMAL.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** `row 3 (line 4)`: rows count from 1, without the line of column names. */
export function placeOf(row: CsvRow, index: number): string {
  return `row ${index + 1} (line ${row.line})`;
}

function columnNames(path: string, header: CsvRow, separator: string): string[] {
  if (header.cells.every((cell) => DECIMAL.test(cell))) {
    throw csvError(path, 'the first line holds numbers, not column names', {
      expected: 'a line of column names',
      got: header.cells.join(separator),
      remedy: 'add a first line that names the columns',
    });
  }
  const columns = header.cells.map((name, i) => (name === '' ? `column ${i + 1}` : name));
  const seen = new Set<string>();
  for (const name of columns) {
    if (seen.has(name)) {
      throw csvError(path, `two columns are called '${name}'`, {
        remedy: 'give every column a name of its own',
      });
    }
    seen.add(name);
  }
  return columns;
}

function parseRows(path: string, text: string, delimiter: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const blanks = new Blanks(text);
  try {
    parse(blanks.hide(text), {
      delimiter,
      onRecord: (cells, { lines }) => {
        rows.push({ line: lines, cells: cells.map((cell: string) => blanks.show(cell)) });
        return null;
      },
      // All of them, or a file with two kinds of line ends would lose rows.
      recordDelimiter: ['\r\n', '\n', '\r'],
      relaxColumnCount: true, // Uneven rows get an error of ours, which knows the columns.
      skipEmptyLines: true,
      trim: true,
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw csvError(path, 'the file is not well-formed CSV', {
      got: error.message,
      remedy: 'correct that line: a double quote inside a quoted cell is written twice',
      cause: error,
    });
  }
}

const UNUSUAL_BLANKS = /(?![\t-\r ])\s/g;
const FIRST_PRIVATE = 0xe000;

/** Blanks outside ASCII, which the parser would trim: in their place stand private characters that the text has not. */
class Blanks {
  readonly #hidden = new Map<string, string>();
  readonly #shown = new Map<string, string>();

  constructor(text: string) {
    let code = FIRST_PRIVATE;
    for (const blank of new Set(text.match(UNUSUAL_BLANKS))) {
      while (text.includes(String.fromCharCode(code))) code += 1;
      const cover = String.fromCharCode(code++);
      this.#hidden.set(blank, cover);
      this.#shown.set(cover, blank);
    }
  }

  hide(text: string): string {
    return this.#hidden.size === 0 ? text : text.replace(UNUSUAL_BLANKS, (blank) => this.#hidden.get(blank)!);
  }

  show(cell: string): string {
    if (this.#shown.size === 0) return cell;
    return [...cell].map((character) => this.#shown.get(character) ?? character).join('');
  }
}

const otherEncoding = (likely: string | undefined) =>
  likely === undefined
    ? 'save it as UTF-8, or give its encoding (encoding=...)'
    : `save it as UTF-8, or give its encoding: encoding=${likely}, if that is what it is`;
