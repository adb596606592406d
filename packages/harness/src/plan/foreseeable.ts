// What a run would only fail at, known from its numbers alone: refused before anything runs.

import { FLOAT_LIMITS, type FloatDType } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';
import type { Cell } from '../cell/cell.js';
import { validationSize } from '../cell/validation-split.js';

/** @throws GaussmarkError if a dtype would make an infinity of a setting: what it multiplies would be no number. */
export function demandHeld({ label, optimizer, problem }: Cell): void {
  const { largest } = FLOAT_LIMITS[problem.dtype];
  for (const [name, value] of Object.entries(optimizer.hyperparameters)) {
    if (typeof value !== 'number' || Math.abs(value) <= largest) continue;
    throw new GaussmarkError(`${label}: ${name} is beyond ${problem.dtype}`, {
      plugin: `optimizer '${optimizer.name}'`,
      pointer: `/${name}`,
      expected: `a number up to ${largest.toPrecision(3)}, the largest of ${problem.dtype}`,
      got: String(value),
      remedy: remedyOf(problem.dtype),
    });
  }
}

/**
 * @param largest the largest absolute value of a dataset
 * @throws GaussmarkError if a dtype would make an infinity of it
 */
export function demandDataHeld({ problem }: Cell, largest: number): void {
  const limit = FLOAT_LIMITS[problem.dtype].largest;
  if (largest <= limit) return;
  throw new GaussmarkError(
    `problem '${problem.name}': dataset '${problem.dataset.name}' has numbers beyond ${problem.dtype}`,
    {
      plugin: `dataset '${problem.dataset.name}'`,
      expected: `numbers up to ${limit.toPrecision(3)}, the largest of ${problem.dtype}`,
      got: String(largest),
      remedy: `scale the data, or ${remedyOf(problem.dtype)}`,
    },
  );
}

/** @throws GaussmarkError if the validation split of a trial, or what it leaves, would be empty. */
export function demandSplit({ evaluateOn }: Cell, trainSize: number): void {
  if (evaluateOn !== undefined) validationSize(evaluateOn.share, trainSize);
}

const remedyOf = (dtype: FloatDType) => (dtype === 'float32' ? 'use --dtype float64' : 'use smaller numbers');
