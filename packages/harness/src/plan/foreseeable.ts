// What a run would only fail at, known from its numbers alone: refused before anything runs.

import { FLOAT_LIMITS, type FloatDType } from '@gaussmark/autodiff';
import { BOUNDS, GaussmarkError, isWithin, shortNumber } from '@gaussmark/core';
import { BudgetAccount } from '../cell/budget-account.js';
import type { Cell, CellProblem } from '../cell/cell.js';
import { validationSize } from '../cell/validation-split.js';

/** @throws GaussmarkError if a dtype would make an infinity, or 0, of a setting that is neither. */
export function demandHeld({ label, optimizer, problem }: Cell): void {
  const { dtype } = problem;
  for (const { pointer, value } of numbersIn(optimizer.hyperparameters)) {
    const held = dtype === 'float32' ? Math.fround(value) : value;
    if (Number.isFinite(held) && (held !== 0 || value === 0)) continue;
    const { largest } = FLOAT_LIMITS[dtype];
    const [what, expected] =
      held === 0
        ? [`is 0 in ${dtype}`, `0, or at least ${(2 ** -149).toPrecision(3)}, the smallest of ${dtype}`]
        : [`is beyond ${dtype}`, `a number up to ${largest.toPrecision(3)}, the largest of ${dtype}`];
    throw new GaussmarkError(`${label}: ${pointer.slice(1)} ${what}`, {
      plugin: `optimizer '${optimizer.name}'`,
      pointer,
      expected,
      got: String(value),
      remedy: remedyOf(dtype),
    });
  }
}

/** All numbers of a setting, those inside lists as well. */
function* numbersIn(value: unknown, pointer = ''): Generator<{ pointer: string; value: number }> {
  if (typeof value === 'number') yield { pointer, value };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) yield* numbersIn(each, `${pointer}/${key}`);
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

/**
 * @param classes how many the training split has
 * @throws GaussmarkError if the validation split of a trial would be empty, or would leave a class without an example
 */
export function demandSplit({ evaluateOn }: Cell, trainSize: number, classes: number): void {
  if (evaluateOn !== undefined) validationSize(evaluateOn.share, trainSize, classes);
}

/**
 * @param leastWork gradient-equivalents that the initial state and the first step cost at least, whatever the data
 * @throws GaussmarkError if they are more than the whole budget: no step would count
 */
export function demandStep({ label, problem, optimizer, budget }: Cell, leastWork: number): void {
  const account = new BudgetAccount(budget);
  if (account.exceededBy({ seconds: 0, work: leastWork, innerIterations: undefined }) === undefined) return;
  throw new GaussmarkError(`${label} on ${problem.name}: the first step costs more than the whole budget`, {
    plugin: `optimizer '${optimizer.name}'`,
    expected: `at least ${leastWork.toPrecision(3)} gradient-equivalents (loops that the data end come on top)`,
    got: `${budget.gradientEquivalents}`,
    remedy: `give --gradient-equivalents ${shortNumber(Math.ceil(leastWork))} or more, or bound the run by --steps, --epochs or --seconds`,
  });
}

const remedyOf = (dtype: FloatDType) => (dtype === 'float32' ? 'use --dtype float64' : 'use smaller numbers');
