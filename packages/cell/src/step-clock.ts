// The inputs of a step that tell where the run stands: the share of its budget spent, and the steps taken.

import {
  type FloatDType,
  type Program,
  type TensorType,
  type TensorValue,
  toData,
  usedAtoms,
} from '@gaussmark/autodiff';

/** The fields of a step's context that are inputs of its program. */
export const CLOCK_INPUTS = ['progress', 'step'] as const;
export type ClockInput = (typeof CLOCK_INPUTS)[number];

/** A program with some inputs of the clock, which come last. */
export interface Clocked {
  readonly program: Program;
  /** In order. */
  readonly clock: readonly ClockInput[];
}

export function clockTypes(dtype: FloatDType): Readonly<Record<ClockInput, TensorType>> {
  return { progress: { dtype, shape: [] }, step: { dtype: 'int32', shape: [] } };
}

/** A program whose last inputs are those of the clock, without the ones it does not use. */
export function withUsedClock(program: Program): Clocked {
  const used = new Set(usedAtoms(program));
  const start = program.inputs.length - CLOCK_INPUTS.length;
  const clock = CLOCK_INPUTS.filter((_, i) => used.has(program.inputs[start + i]!));
  const inputs = program.inputs.filter((input, i) => i < start || used.has(input));
  return { program: { ...program, inputs }, clock };
}

/** Where a run stands before each of some consecutive steps. */
export interface ClockReading {
  /** Shares of the budget. */
  readonly progress: ArrayLike<number>;
  /** Steps before the first of them. */
  readonly step: number;
}

/** The last step number that an int32 holds. */
const LAST_STEP = 2 ** 31 - 1;

/** The values of a clock's input: a scalar, or for a program of several steps a vector. */
export function clockValue(
  input: ClockInput,
  type: TensorType,
  { progress, step }: ClockReading,
): TensorValue {
  const count = progress.length;
  const values =
    input === 'progress'
      ? Float64Array.from(progress)
      : Float64Array.from({ length: count }, (_, i) => Math.min(step + i, LAST_STEP));
  return { type, data: toData(type.dtype, values) };
}

/** The values of a step's clock before one step, in the order of its inputs. */
export function clockValues(
  { program, clock }: Clocked,
  { progress, step }: { readonly progress: number; readonly step: number },
): TensorValue[] {
  const types = program.inputs.slice(program.inputs.length - clock.length).map(({ type }) => type);
  return clock.map((input, i) => clockValue(input, types[i]!, { progress: [progress], step }));
}
