// The validation split of a trial: what it takes, and that the test split stays unread.

import { completeHyperparameters, GaussmarkError, type Registry, type Split } from '@gaussmark/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cellOf,
  temporaryDirectory,
  workspaceRegistry,
  writeWatchedDataset,
} from '../../harness/test/fixtures.js';
import type { Cell, Locations, ValidationSplit } from '../src/cell.js';
import { runCell } from '../src/run-cell.js';
import { apportion, takeValidation } from '../src/validation-split.js';

const labelled = {
  task: 'classification',
  input: { shape: [2] },
  target: { shape: [] },
  classes: 3,
} as const;
const plain = { task: 'regression', input: { shape: [2] }, target: { shape: [1] } } as const;

/** Example i has the inputs 10 i, 10 i + 1; of 40, 30 are of class 0, 9 of class 1 and one of class 2. */
function examples(): Split {
  return {
    size: 40,
    inputs: Float64Array.from({ length: 80 }, (_, i) => 10 * Math.floor(i / 2) + (i % 2)),
    targets: Int32Array.from({ length: 40 }, (_, i) => (i < 30 ? 0 : i < 39 ? 1 : 2)),
  };
}
const rowsOf = ({ size, inputs }: Split) => Array.from({ length: size }, (_, i) => inputs[2 * i]! / 10);
const classesOf = ({ targets }: Split) => [0, 1, 2].map((label) => targets.filter((t) => t === label).length);

describe('a validation split', () => {
  it('and the rest hold all examples once, intact and in order', () => {
    for (const spec of [labelled, plain]) {
      const { train, validation } = takeValidation(examples(), spec, { share: 0.2, seed: 3 });
      expect([train.size, validation.size]).toEqual([32, 8]);
      for (const part of [train, validation]) {
        const rows = rowsOf(part);
        expect(rows).toEqual([...rows].sort((a, b) => a - b));
        expect(part.inputs.length).toBe(2 * part.size);
        expect(part.targets.length).toBe(part.size);
        for (const [i, row] of rows.entries()) {
          expect(part.inputs[2 * i + 1]).toBe(10 * row + 1);
          expect(part.targets[i]).toBe(examples().targets[row]);
        }
      }
      expect([...rowsOf(train), ...rowsOf(validation)].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 40 }, (_, i) => i),
      );
    }
  });

  it('is stratified by class', () => {
    for (const seed of [0, 1, 2]) {
      const { validation } = takeValidation(examples(), labelled, { share: 0.2, seed });
      expect(classesOf(validation)).toEqual([6, 2, 0]);
    }
  });

  it('depends on its seed', () => {
    const rows = (seed: number) =>
      rowsOf(takeValidation(examples(), labelled, { share: 0.5, seed }).validation);
    expect(rows(4)).toEqual(rows(4));
    expect(rows(4)).not.toEqual(rows(5));
  });

  it.each([0.01, 0.99])('of a share of %d is refused', (share) => {
    expect(() => takeValidation(examples(), plain, { share, seed: 0 })).toThrow(GaussmarkError);
  });

  it('assigns remainders to the largest', () => {
    expect(apportion([5, 3, 2], 4)).toEqual([2, 1, 1]);
    expect(apportion([2, 2, 2], 2)).toEqual([1, 1, 0]);
    expect(apportion([10, 20], 3)).toEqual([1, 2]);
  });

  it('never takes the last example of a class', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }), fc.nat(), (sizes, any) => {
        const spare = sizes.reduce((sum, size) => sum + Math.max(0, size - 1), 0);
        if (spare === 0) return;
        const total = 1 + (any % spare);
        const seats = apportion(sizes, total);
        expect(seats.reduce((sum, seat) => sum + seat, 0)).toBe(total);
        for (const [i, size] of sizes.entries()) expect(seats[i]).toBeLessThanOrEqual(Math.max(0, size - 1));
      }),
    );
    const { train, validation } = takeValidation(examples(), labelled, { share: 0.6, seed: 0 });
    expect([classesOf(train)[2], classesOf(validation)[2]]).toEqual([1, 0]);
  });

  it('that would take the last example of a class is refused', () => {
    expect(() => takeValidation(examples(), labelled, { share: 0.95, seed: 0 })).toThrow(/class/);
    expect(takeValidation(examples(), plain, { share: 0.95, seed: 0 }).train.size).toBe(2);
  });
});

describe('the test split', () => {
  const directory = temporaryDirectory();
  const trial: ValidationSplit = { split: 'validation', share: 0.25, seed: 0 };
  let locations: Locations;
  beforeAll(async () => {
    const watched = await writeWatchedDataset(directory.path);
    locations = { ...directory.locations, extra: [watched] };
  });

  const cell = (changes: Partial<Cell>): Cell => {
    const base = cellOf('watched', 'sgd');
    const withDefaults = (kind: 'optimizer' | 'model', name: string) => ({
      name,
      hyperparameters: completeHyperparameters(registry.find(kind, name).manifest, {}),
    });
    return {
      ...base,
      problem: {
        ...base.problem,
        dataset: { name: 'watched', hyperparameters: { log: '' } },
        model: withDefaults('model', 'mlp'),
      },
      optimizer: withDefaults('optimizer', 'sgd'),
      ...changes,
    };
  };
  let registry: Registry;
  beforeAll(async () => {
    registry = await workspaceRegistry();
  });

  it('stays unread in a trial, which reports its validation split', async () => {
    // A look at the test split of this dataset throws.
    const result = await runCell(cell({ evaluateOn: trial }), locations, { onEvent: () => {} });
    expect(result).toMatchObject({ status: 'done', facts: { trainSize: 30, validationSize: 10 } });
    expect(result.facts).not.toHaveProperty('testSize');
    const [point] = result.curve;
    expect(point).toMatchObject({ epoch: 1, iterations: 3, testLoss: null });
    expect(point!.validationLoss).toBeGreaterThan(0);
  });

  it('is what other runs read', async () => {
    await expect(runCell(cell({}), locations, { onEvent: () => {} })).rejects.toThrow(
      'the test split was looked at',
    );
  });
});
