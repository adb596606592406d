// Reads a CSV file as a table of cells; errors name the line.

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
  /** The line of the file on which the row ends, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFormat {
  /** One character; the escape `\t` is a tab. */
  readonly delimiter: string;
  /** The encoding of a file without a byte-order mark. */
  readonly encoding: string;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PLUGIN = "dataset 'csv'";
/** In memory, a table takes some ten times the size of its file. */
const LARGEST_FILE = 256 * 2 ** 20;

/** An error about the user's file. */
export function csvError(path: string, summary: string, details: ErrorDetails = {}): GaussmarkError {
  return new GaussmarkError(`${path}: ${summary}`, { plugin: PLUGIN, file: path, ...details });
}

/**
 * Reads a CSV file whose first line names the columns. Lines end in LF, CRLF or CR; empty lines are skipped. Spaces and tabs
 * around unquoted cells are trimmed; other blanks, such as no-break spaces, are kept, since they may distinguish labels. A
 * column without a name becomes `column N`, counting from 1.
 *
 * @throws GaussmarkError if the file is missing, larger than 256 MiB or not a regular file, or cannot be decoded or parsed; if
 *   its first line has no names or a duplicate name; if a row does not have one cell per column, or there are no rows.
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
      expected: 'rows after the column names',
      got: 'only the column names',
    });
  }
  const uneven = rows.findIndex((row) => row.cells.length !== columns.length);
  if (uneven >= 0) {
    throw csvError(path, `${placeOf(rows[uneven]!, uneven)} has the wrong number of cells`, {
      expected: `${columns.length} cells: ${columns.join(', ')}`,
      got: `${rows[uneven]!.cells.length} cells: ${rows[uneven]!.cells.join(separator)}`,
      remedy: `quote cells that contain '${delimiter}', or set the right delimiter`,
    });
  }
  return { path, delimiter, columns, rows, checksum: sha256(bytes) };
}

/** The finite number in a cell, or `undefined`. */
export function decimal(cell: string): number | undefined {
  const digits = cell.trim();
  const value = DECIMAL.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** `row 3 (line 4)`: rows count from 1 after the column names. */
export function placeOf(row: CsvRow, index: number): string {
  return `row ${index + 1} (line ${row.line})`;
}

function columnNames(path: string, header: CsvRow, separator: string): string[] {
  if (header.cells.every((cell) => DECIMAL.test(cell))) {
    throw csvError(path, 'the first line has numbers instead of column names', {
      expected: 'a line of column names',
      got: header.cells.join(separator),
      remedy: 'add a first line that names the columns',
    });
  }
  const columns = header.cells.map((name, i) => (name === '' ? `column ${i + 1}` : name));
  const seen = new Set<string>();
  for (const name of columns) {
    if (seen.has(name)) {
      throw csvError(path, `two columns are named '${name}'`, {
        remedy: 'rename one of them',
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
      // All three: a file with two kinds of line ends would otherwise lose rows.
      recordDelimiter: ['\r\n', '\n', '\r'],
      relaxColumnCount: true, // We report uneven rows ourselves, naming the columns.
      skipEmptyLines: true,
      trim: true,
    });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw csvError(path, 'the file is not well-formed CSV', {
      got: error.message,
      remedy: 'correct the line; write a double quote inside a quoted cell twice',
      cause: error,
    });
  }
}

const UNUSUAL_BLANKS = /(?![\t-\r ])\s/g;
const FIRST_PRIVATE = 0xe000;

/** The parser would trim blanks outside ASCII; private-use characters not in the text take their place meanwhile. */
class Blanks {
  readonly #hidden = new Map<string, string>();
  readonly #originals = new Map<string, string>();

  constructor(text: string) {
    let code = FIRST_PRIVATE;
    for (const blank of new Set(text.match(UNUSUAL_BLANKS))) {
      while (text.includes(String.fromCharCode(code))) code += 1;
      const cover = String.fromCharCode(code++);
      this.#hidden.set(blank, cover);
      this.#originals.set(cover, blank);
    }
  }

  hide(text: string): string {
    return this.#hidden.size === 0 ? text : text.replace(UNUSUAL_BLANKS, (blank) => this.#hidden.get(blank)!);
  }

  show(cell: string): string {
    if (this.#originals.size === 0) return cell;
    return [...cell].map((character) => this.#originals.get(character) ?? character).join('');
  }
}

const otherEncoding = (likely: string | undefined) =>
  likely === undefined
    ? 'save it as UTF-8, or set its encoding (encoding=...)'
    : `save it as UTF-8, or try encoding=${likely}`;
