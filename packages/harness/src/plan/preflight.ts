// Checks before any run: numbers that are certain to make it fail.

import { FLOAT_LIMITS, type FloatDType } from '@gaussmark/autodiff';
import { BudgetAccount, type Cell, type CellProblem, validationSize } from '@gaussmark/cell';
import { BOUNDS, GaussmarkError, isWithin, shortNumber } from '@gaussmark/core';

/** @throws GaussmarkError if a setting overflows or underflows in a dtype */
export function demandRepresentableSettings({ label, optimizer, problem }: Cell): void {
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

/** All numbers of a setting, nested lists included. */
function* numbersIn(value: unknown, pointer = ''): Generator<{ pointer: string; value: number }> {
  if (typeof value === 'number') yield { pointer, value };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) yield* numbersIn(each, `${pointer}/${key}`);
}

/**
 * @param largest the largest absolute value of a dataset
 * @throws GaussmarkError if it overflows in the problem's dtype
 */
export function demandRepresentable({ problem }: Cell, largest: number): void {
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

/** A float64 initial value, kept beside the parameter in the run's dtype. */
const BYTES_OF_PARAMETER: Readonly<Record<FloatDType, number>> = { float32: 8 + 4, float64: 8 + 8 };

/**
 * @param memory bytes that a run may take
 * @throws GaussmarkError if a network has more parameters than allowed, or than fit into memory
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
    fail(`at most ${shortNumber(BOUNDS.parameters.most)}`, 'use a smaller network');
  }
  const room = Math.floor(memory / BYTES_OF_PARAMETER[dtype]);
  if (parameterCount > room) {
    fail(
      `at most ${room}, for ${BYTES_OF_PARAMETER[dtype]} bytes each in the ${Math.floor(memory / 2 ** 20)} MiB of a run`,
      'use a smaller network, or give more --memory',
    );
  }
}

/**
 * @param classes in the training split
 * @throws GaussmarkError if the validation split of a trial would be empty, or would leave a class without training examples
 */
export function demandSplit({ evaluateOn }: Cell, trainSize: number, classes: number): void {
  if (evaluateOn !== undefined) validationSize(evaluateOn.share, trainSize, classes);
}

/**
 * @param leastWork a lower bound on the gradient-equivalents of the initial state and the first step
 * @throws GaussmarkError if that exceeds the whole budget: no step would count
 */
export function demandStep({ label, problem, optimizer, budget }: Cell, leastWork: number): void {
  const account = new BudgetAccount(budget);
  if (account.exceededBy({ seconds: 0, work: leastWork, innerIterations: undefined }) === undefined) return;
  throw new GaussmarkError(`${label} on ${problem.name}: the first step costs more than the whole budget`, {
    plugin: `optimizer '${optimizer.name}'`,
    expected: `at least ${leastWork.toPrecision(3)} gradient-equivalents, plus loops whose length depends on the data`,
    got: `${budget.gradientEquivalents}`,
    remedy: `give --gradient-equivalents ${shortNumber(Math.ceil(leastWork))} or more, or bound the run by --steps, --epochs or --seconds`,
  });
}

const remedyOf = (dtype: FloatDType) => (dtype === 'float32' ? 'use --dtype float64' : 'use smaller numbers');
