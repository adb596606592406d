// csv: a user's own table.

import { basename } from 'node:path';
import type { Dataset, DatasetPlugin, DatasetSpec, Split, Task } from '@gaussmark/core';
import {
  type CsvTable,
  columnIndex,
  csvError,
  decimal,
  numericColumn,
  readCsv,
  textColumn,
} from './csv-table.js';
import { fitScaling, type Scaling } from './scaling.js';
import { splitRows } from './split.js';

export interface CsvHyperparameters {
  /** The file; a relative path starts at the working directory. Its first line names the columns. */
  readonly path: string;
  readonly task: Task;
  /** The column to predict, or several for a regression. */
  readonly target: string | readonly string[];
  /** Columns that are neither features nor targets: identifiers, text. */
  readonly ignore: readonly string[];
  /** A file of test examples with the same columns in any order; `null` sets rows of `path` apart. */
  readonly testPath: string | null;
  /** Share of the rows to set apart, unless there is a test file. */
  readonly testFraction: number;
  /** Decides which rows are set apart. */
  readonly splitSeed: number;
  /** Of every feature column, by the training rows alone. */
  readonly scaling: Scaling;
  /** Of every target column of a regression, by the training rows alone. */
  readonly targetScaling: Scaling;
  readonly delimiter: string;
}

/**
 * A table from a CSV file: inputs (n, features) in the file's column order, and targets (n, targets), both float64; or for
 * classification (n) int32 class indices.
 *
 * Classes are the distinct labels of the target column, **sorted**: by value if all are numbers, else by code unit. So a class
 * index does not depend on the order of the rows.
 *
 * `describe` reads and checks the whole file, so that a bad cell is found before anything runs.
 *
 * @throws GaussmarkError if a file is missing, empty or not CSV; a column is unknown, named twice or left over for no
 *   feature; a cell of a feature or a numeric target is missing or no number (with its row, line, column and
 *   text); there are too few rows to train and to test; or a test label does not occur in training.
 */
const csv: DatasetPlugin<CsvHyperparameters> = {
  async describe(hyperparameters) {
    return (await read(hyperparameters)).spec;
  },
  load: read,
};

export default csv;

/** Rows to train on and to test on, as columns of numbers. */
interface Halves {
  readonly train: Columns;
  readonly test: Columns;
  readonly classes?: number;
}

interface Columns {
  readonly features: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
}

async function read(hyperparameters: CsvHyperparameters): Promise<Dataset> {
  const { path, testPath, task, delimiter, scaling, targetScaling } = hyperparameters;
  const table = await readCsv(path, delimiter);
  const testTable = testPath === null ? undefined : await readCsv(testPath, delimiter);
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
    ...(classes === undefined ? {} : { classes }),
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
  const { task, testFraction, splitSeed } = hyperparameters;
  const targets = targetColumns(hyperparameters, table);
  const features = featureColumns(hyperparameters, table, targets);
  const labels = task === 'classification' ? classLabels(table, targets[0]!) : undefined;
  const columnsOf = (source: CsvTable): Columns => ({
    features: features.map((name) => numericColumn(source, name)),
    targets:
      labels === undefined
        ? targets.map((name) => numericColumn(source, name))
        : [classIndices(source, targets[0]!, labels)],
  });
  const classes = labels === undefined ? {} : { classes: labels.length };

  const all = columnsOf(table);
  if (testTable !== undefined) return { train: all, test: columnsOf(testTable), ...classes };
  if (table.rows.length < 2) {
    throw csvError(table.path, 'too few rows', {
      expected: 'at least 2 rows: one to train on and one to test on',
      got: `${table.rows.length} row`,
      remedy: 'add rows, or give a file of test examples as testPath',
    });
  }
  const split = splitRows(table.rows.length, testFraction, splitSeed);
  return { train: pick(all, split.train), test: pick(all, split.test), ...classes };
}

function targetColumns({ target, task, ignore }: CsvHyperparameters, table: CsvTable): readonly string[] {
  const names = typeof target === 'string' ? [target] : [...new Set(target)];
  for (const name of names) columnIndex(table, name);
  const ignored = names.find((name) => ignore.includes(name));
  if (ignored !== undefined) {
    throw csvError(table.path, `column '${ignored}' is both a target and ignored`, {
      remedy: 'take it out of one of them',
    });
  }
  if (task === 'classification' && names.length !== 1) {
    throw csvError(table.path, 'a classification has one target column', {
      expected: 'the name of one column',
      got: names.join(', '),
      remedy: 'name one, or set task to regression',
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
      expected: 'at least one column that is neither target nor ignored',
      got: `the columns ${table.columns.join(', ')}`,
    });
  }
  return features;
}

/** The distinct labels of a column, sorted: by value if all are numbers, else by code unit. */
function classLabels(table: CsvTable, target: string): readonly string[] {
  const numeric = textColumn(table, target).every((label) => decimal(label) !== undefined);
  const labels = [...new Set(textColumn(table, target).map(numeric ? canonical : (label) => label))];
  if (labels.length < 2) {
    throw csvError(table.path, `column '${target}' has one class`, {
      expected: 'at least 2 different labels',
      got: `'${labels[0]}' in every row`,
    });
  }
  return labels.sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
}

/** One spelling for one number: `1.0` and `1` are the same class. */
function canonical(label: string): string {
  const value = decimal(label);
  return value === undefined ? label : String(value);
}

function classIndices(table: CsvTable, target: string, labels: readonly string[]): number[] {
  const indices = new Map(labels.map((label, index) => [label, index]));
  return textColumn(table, target).map((label, row) => {
    const index = indices.get(label) ?? indices.get(canonical(label));
    if (index !== undefined) return index;
    throw csvError(
      table.path,
      `row ${row + 1} (line ${table.rows[row]!.line}), column '${target}': an unknown class`,
      {
        expected: `a class that occurs in training: ${labels.join(', ')}`,
        got: `'${label}'`,
        remedy: 'correct the cell, or add training rows of that class',
      },
    );
  });
}

function pick({ features, targets }: Columns, rows: readonly number[]): Columns {
  const pickColumn = (column: readonly number[]) => rows.map((row) => column[row]!);
  return { features: features.map(pickColumn), targets: targets.map(pickColumn) };
}

function scaleColumns(
  columns: readonly (readonly number[])[],
  training: readonly (readonly number[])[],
  scaling: Scaling,
): number[][] {
  return columns.map((column, i) => column.map(fitScaling(scaling, training[i]!)));
}

/** Columns to row-major order. */
function interleave(columns: readonly (readonly number[])[]): Float64Array {
  const width = columns.length;
  const rows = new Float64Array(width * columns[0]!.length);
  for (const [j, column] of columns.entries()) {
    for (const [i, value] of column.entries()) rows[i * width + j] = value;
  }
  return rows;
}

/** The file's name, or its path where both files have one name. */
function checksumName(table: CsvTable, tables: readonly CsvTable[]): string {
  const name = basename(table.path);
  return tables.some((other) => other !== table && basename(other.path) === name) ? table.path : name;
}
