// RAND Health Insurance Experiment: predict yearly doctor visits from insurance plan and health.

import type { Dataset, DatasetPlugin, DatasetSpec, Split } from '@gaussmark/core';
import { parse } from 'csv-parse/sync';
import { datasetFiles } from './fetch.js';
import type { FileSet } from './file-set.js';
import { demandFiles, provenanceOf, readVerified } from './files.js';
import { fitScaling } from './scaling.js';
import { splitRows } from './split.js';

const FILE = {
  name: 'randhie.csv',
  bytes: 748_181,
  sha256: '9f6c87d05aef087a82cc4465310c8cd3f38327be6eafa43bd81fb98c4f3d088c',
} as const;

const RAND_HEALTH: FileSet = {
  dataset: 'rand-health',
  license: 'public domain',
  files: [FILE],
  origins: [
    {
      kind: 'debian',
      package: 'python3-statsmodels',
      downloadBytes: 4_514_764,
      paths: { [FILE.name]: '/usr/lib/python3/dist-packages/statsmodels/datasets/randhie/randhie.csv' },
    },
    {
      kind: 'web',
      base: 'https://raw.githubusercontent.com/statsmodels/statsmodels/v0.14.4/',
      downloadBytes: FILE.bytes,
      paths: { [FILE.name]: 'statsmodels/datasets/randhie/randhie.csv' },
    },
  ],
};

/** Columns in file order, after the number of visits in the first. */
export const FEATURES = [
  'lncoins',
  'idp',
  'lpi',
  'fmde',
  'physlm',
  'disea',
  'hlthg',
  'hlthf',
  'hlthp',
] as const;

const SPEC: DatasetSpec = {
  task: 'regression',
  input: { shape: [FEATURES.length] },
  target: { shape: [1] },
};

export interface RandHealthHyperparameters {
  /** The only directory searched for randhie.csv; `null` for the usual places. */
  readonly directory: string | null;
  /** What to predict: the logarithm of one plus the visits, or the visits. */
  readonly target: 'log-visits' | 'visits';
  /** Share of the persons to use for testing. */
  readonly testFraction: number;
  readonly splitSeed: number;
}

/**
 * The RAND Health Insurance Experiment (1974 to 1982), 20190 person-years, as in Cameron and Trivedi, *Microeconometrics*
 * (2005), and in statsmodels.
 *
 * **Inputs** (n, 9) float64: lncoins (log of the coinsurance rate + 1), idp (individual deductible plan), lpi (log of the
 * incentive payment), fmde (a function of the maximum deductible), physlm (a physical limitation), disea (number of chronic
 * diseases), hlthg, hlthf, hlthp (self-rated health is good, fair, poor; excellent is the reference). **Targets** (n, 1)
 * float64: log(1 + doctor visits in that year), or the visits themselves, 0 to 77. All columns, targets included, are
 * standardized by mean and population standard deviation of the training rows: predicting the mean gives a loss of 1.
 *
 * **Split by person.** The file does not identify persons, but lists each person's years consecutively with equal features.
 * Each run of rows with equal features (5294 runs) goes to one side as a whole; otherwise training would leak into the test.
 *
 * **Noise.** These features explain little: least squares reaches a test loss of 0.92 for the logarithm.
 *
 * @throws GaussmarkError if the file is missing or its checksum is wrong.
 */
const randHealth: DatasetPlugin<RandHealthHyperparameters> = {
  files: datasetFiles(RAND_HEALTH),

  async describe({ directory }, context) {
    await demandFiles(RAND_HEALTH, directory, context);
    return SPEC;
  },

  async load({ directory, target, testFraction, splitSeed }, context): Promise<Dataset> {
    const { bytes, source } = await readVerified(RAND_HEALTH, FILE.name, directory, context);
    const cells: string[][] = parse(bytes, { fromLine: 2 });
    const rows = cells.map((row) => row.map(Number));
    if (target === 'log-visits') for (const row of rows) row[0] = Math.log1p(row[0]!);
    const runs = runsOfEqualFeatures(rows);
    const split = splitRows(runs.length, testFraction, splitSeed);
    const rowsOf = (chosen: readonly number[]) => chosen.flatMap((run) => runs[run]!);
    const train = rowsOf(split.train);
    const scales = train[0]!.map((_, column) =>
      fitScaling(
        'standardize',
        train.map((row) => row[column]!),
      ),
    );
    const scaled = (part: readonly (readonly number[])[]): Split => {
      const values = part.map((row) => row.map((value, column) => scales[column]!(value)));
      return {
        size: part.length,
        inputs: Float64Array.from(values.flatMap((row) => row.slice(1))),
        targets: Float64Array.from(values, (row) => row[0]!),
      };
    };
    return {
      spec: SPEC,
      train: scaled(train),
      test: scaled(rowsOf(split.test)),
      provenance: provenanceOf(RAND_HEALTH, source),
    };
  },
};

export default randHealth;

/** Groups consecutive rows that differ only in the first column. */
export function runsOfEqualFeatures(rows: readonly (readonly number[])[]): (readonly number[])[][] {
  const runs: (readonly number[])[][] = [];
  for (const row of rows) {
    const current = runs.at(-1);
    const before = current?.[0];
    if (current !== undefined && before?.every((value, column) => column === 0 || value === row[column])) {
      current.push(row);
    } else runs.push([row]);
  }
  return runs;
}
