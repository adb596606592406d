// What a run would only fail at, known from its numbers alone: refused before anything runs.

import { FLOAT_LIMITS, type FloatDType } from '@gaussmark/autodiff';
import { BOUNDS, GaussmarkError, isWithin, shortNumber } from '@gaussmark/core';
import type { Cell, CellProblem } from '../cell/cell.js';
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

/** Initial values are float64, and stay beside the parameters of the run's dtype. */
const BYTES_OF_PARAMETER: Readonly<Record<FloatDType, number>> = { float32: 8 + 4, float64: 8 + 8 };

/**
 * @param memory bytes that a run may take
 * @throws GaussmarkError if a network has more parameters than a run may have, or has room for
 */
export function demandRoom(
  { problem, parameterCount }: { readonly problem: CellProblem; readonly parameterCount: number },
  memory: number,
): void {
  const { name, model, dtype } = problem;
  const fail = (expected: string, remedy: string) => {
    throw new GaussmarkError(`problem '${name}': the network has ${shortNumber(parameterCount)} parameters`, {
      plugin: `model '${model.name}'`,
      expected,
      got: String(parameterCount),
      remedy,
    });
  };
  if (!isWithin(parameterCount, BOUNDS.parameters)) {
    fail(`at most ${shortNumber(BOUNDS.parameters.most)}`, 'take a smaller network');
  }
  const room = Math.floor(memory / BYTES_OF_PARAMETER[dtype]);
  if (parameterCount > room) {
    fail(
      `at most ${room}, for ${BYTES_OF_PARAMETER[dtype]} bytes each in the ${Math.floor(memory / 2 ** 20)} MiB of a run`,
      'take a smaller network, or give more --memory',
    );
  }
}

/** @throws GaussmarkError if the validation split of a trial, or what it leaves, would be empty. */
export function demandSplit({ evaluateOn }: Cell, trainSize: number): void {
  if (evaluateOn !== undefined) validationSize(evaluateOn.share, trainSize);
}

const remedyOf = (dtype: FloatDType) => (dtype === 'float32' ? 'use --dtype float64' : 'use smaller numbers');
