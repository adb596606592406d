// csv: a table of the user's own.

import { basename } from 'node:path';
import {
  type Dataset,
  type DatasetPlugin,
  type DatasetSpec,
  defined,
  type Split,
  type Task,
  withHome,
} from '@gaussmark/core';
import { classIndices, columnIndex, featureColumn, labelColumn, targetColumn } from './csv-columns.js';
import { type CsvTable, csvError, readCsv } from './csv-table.js';
import { fitScaling, type Scaling } from './scaling.js';
import { type RowSplit, splitRows } from './split.js';

export interface CsvHyperparameters {
  /** The file, relative to the working directory. Its first line names the columns. */
  readonly path: string;
  readonly task: Task;
  /** The column to predict, or several for a regression. */
  readonly target: string | readonly string[];
  /** Columns that are neither features nor targets: identifiers, text. */
  readonly ignore: readonly string[];
  /** A file of test examples with the same columns in any order; `null` to split the rows of `path`. */
  readonly testPath: string | null;
  /** Share of the rows to use for testing, unless there is a test file. */
  readonly testFraction: number;
  /** Seed of the random split. */
  readonly splitSeed: number;
  /** Scaling of every feature column, fitted on the training rows. */
  readonly scaling: Scaling;
  /** Scaling of every regression target, fitted on the training rows. */
  readonly targetScaling: Scaling;
  readonly delimiter: string;
  /** The encoding of a file without a byte-order mark: a label of the WHATWG Encoding Standard. */
  readonly encoding: string;
}

/**
 * A table from a CSV file: inputs (n, features) in the file's column order, float64; targets (n, targets), float64, or for
 * classification (n) int32 class indices.
 *
 * A class label is a name, compared as text: `1`, `1.0` and `01` are three classes; so are `none` and `NA`. Classes are
 * **sorted**, by value if all are numbers, else by code unit: class indices do not depend on the order of the rows.
 *
 * `describe` reads and checks the whole file, so that an invalid cell is found before anything runs.
 *
 * @throws GaussmarkError if a file is missing, too large, empty, not text or not CSV; a column is unknown, duplicated, or
 *   leaves no feature; a numeric cell is missing or not a number (naming its row, line, column and text); there are fewer
 *   than two rows; or test rows have a class that training rows lack.
 */
const csv: DatasetPlugin<CsvHyperparameters> = {
  async describe(hyperparameters) {
    return (await read(hyperparameters)).spec;
  },
  load: read,
};

export default csv;

/** Training and test rows as columns of numbers. */
interface Halves {
  readonly train: Columns;
  readonly test: Columns;
  /** Class names by index. */
  readonly classes?: readonly string[];
}

interface Columns {
  readonly features: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
}

async function read(hyperparameters: CsvHyperparameters): Promise<Dataset> {
  const { path, testPath, task, scaling, targetScaling } = hyperparameters;
  const table = await readCsv(withHome(path), hyperparameters);
  const testTable = testPath === null ? undefined : await readCsv(withHome(testPath), hyperparameters);
  const { train, test, classes } = halve(hyperparameters, table, testTable);

  const scale = ({ features, targets }: Columns): Split => ({
    size: features[0]!.length,
    inputs: interleave(scaleColumns(features, train.features, scaling)),
    targets:
      task === 'classification'
        ? Int32Array.from(targets[0]!)
        : interleave(scaleColumns(targets, train.targets, targetScaling)),
  });
  const spec: DatasetSpec = {
    task,
    input: { shape: [train.features.length] },
    target: { shape: task === 'classification' ? [] : [train.targets.length] },
    ...defined({ classes: classes?.length, classNames: classes }),
  };
  const tables = testTable === undefined ? [table] : [table, testTable];
  return {
    spec,
    train: scale(train),
    test: scale(test),
    provenance: {
      source: tables.map((read) => read.path).join(', '),
      license: "not known: the user's own file",
      checksums: Object.fromEntries(tables.map((read) => [checksumName(read, tables), read.checksum])),
    },
  };
}

function halve(
  hyperparameters: CsvHyperparameters,
  table: CsvTable,
  testTable: CsvTable | undefined,
): Halves {
  const { task, ignore } = hyperparameters;
  const targetNames = targetColumns(hyperparameters, table);
  const featureNames = featureColumns(hyperparameters, table, targetNames);
  const rows = chooseRows(hyperparameters, table, testTable);
  const read = <T>(columnsOf: (source: CsvTable) => T): { readonly train: T; readonly test: T } => {
    const train = columnsOf(table);
    return { train, test: testTable === undefined ? train : columnsOf(testTable) };
  };
  const features = read((source) => featureNames.map((name) => featureColumn(source, name, ignore)));
  const halves = (targets: { readonly [H in 'train' | 'test']: readonly (readonly number[])[] }): Halves => ({
    train: { features: pick(features.train, rows.train), targets: targets.train },
    test: { features: pick(features.test, rows.test), targets: targets.test },
  });

  if (task === 'regression') {
    const targets = read((source) => targetNames.map((name) => targetColumn(source, name)));
    return halves({ train: pick(targets.train, rows.train), test: pick(targets.test, rows.test) });
  }
  const target = targetNames[0]!;
  const labels = read((source) => labelColumn(source, target));
  const { train, test, classes } = classIndices(
    {
      train: { table, labels: labels.train, rows: rows.train },
      test: { table: testTable ?? table, labels: labels.test, rows: rows.test },
    },
    target,
  );
  return { ...halves({ train: [train], test: [test] }), classes };
}

/** The training and test rows: from a test file, or from a random split. */
function chooseRows(
  { testFraction, splitSeed }: CsvHyperparameters,
  table: CsvTable,
  testTable: CsvTable | undefined,
): RowSplit {
  if (testTable !== undefined) return { train: [...table.rows.keys()], test: [...testTable.rows.keys()] };
  if (table.rows.length >= 2) return splitRows(table.rows.length, testFraction, splitSeed);
  throw csvError(table.path, 'too few rows', {
    expected: 'at least 2 rows: one for training and one for testing',
    got: `${table.rows.length} row`,
    remedy: 'add rows, or set testPath to a file of test examples',
  });
}

function targetColumns({ target, task, ignore }: CsvHyperparameters, table: CsvTable): readonly string[] {
  const names = typeof target === 'string' ? [target] : target;
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) {
    throw csvError(table.path, `column '${again}' is listed as a target twice`, {
      expected: 'different columns',
      got: `target=[${names.join(', ')}]`,
      remedy: 'list it once',
    });
  }
  for (const name of names) columnIndex(table, name);
  const ignored = names.find((name) => ignore.includes(name));
  if (ignored !== undefined) {
    throw csvError(table.path, `column '${ignored}' is both a target and ignored`, {
      remedy: 'remove it from one of them',
    });
  }
  if (task === 'classification' && names.length !== 1) {
    throw csvError(table.path, 'a classification has one target column', {
      expected: 'one column name',
      got: names.join(', '),
      remedy: 'name one column, or set task=regression',
    });
  }
  return names;
}

function featureColumns(
  { ignore }: CsvHyperparameters,
  table: CsvTable,
  targets: readonly string[],
): readonly string[] {
  for (const name of ignore) columnIndex(table, name);
  const features = table.columns.filter((name) => !targets.includes(name) && !ignore.includes(name));
  if (features.length === 0) {
    throw csvError(table.path, 'no column is left as a feature', {
      expected: 'at least one column that is neither a target nor ignored',
      got: `the columns ${table.columns.join(', ')}`,
    });
  }
  return features;
}

function pick(columns: readonly (readonly number[])[], rows: readonly number[]): number[][] {
  return columns.map((column) => rows.map((row) => column[row]!));
}

function scaleColumns(
  columns: readonly (readonly number[])[],
  training: readonly (readonly number[])[],
  scaling: Scaling,
): number[][] {
  return columns.map((column, i) => column.map(fitScaling(scaling, training[i]!)));
}

/** Joins columns in row-major order. */
function interleave(columns: readonly (readonly number[])[]): Float64Array {
  const width = columns.length;
  const rows = new Float64Array(width * columns[0]!.length);
  for (const [j, column] of columns.entries()) {
    for (const [i, value] of column.entries()) rows[i * width + j] = value;
  }
  return rows;
}

/** The file's name; its path if both files have the same name. */
function checksumName(table: CsvTable, tables: readonly CsvTable[]): string {
  const name = basename(table.path);
  return tables.some((other) => other !== table && basename(other.path) === name) ? table.path : name;
}
