// Checks an engine: compiles, runs and compares every case; any failure is the case's result.

import {
  dtypesOf,
  type FloatDType,
  formatType,
  isFloat,
  type Program,
  sameType,
  type TensorValue,
} from '@gaussmark/autodiff';
import { defined, type Engine, GaussmarkError } from '@gaussmark/core';
import { type Allowance, allowancesOf } from './allowance.js';
import type { ConformanceCase } from './case.js';
import { compare, type Deviation } from './compare.js';
import { identityProgram, LAWS, type Law } from './laws.js';
import { referenceOutputs } from './reference.js';
import { runProgram } from './run-program.js';
import { conformanceCases } from './suite.js';

export type CaseOutcome =
  /** `share` is the largest error as a share of the tolerance, 0 to 1; 0 if every value equals the reference. */
  | { readonly status: 'pass'; readonly share: number }
  | { readonly status: 'fail'; readonly reason: string; readonly deviation?: Deviation }
  /** Declared by the engine, with its reason. */
  | { readonly status: 'unsupported'; readonly reason: string };

export type NextCase = Pick<ConformanceCase, 'subject' | 'name' | 'dtype'>;

export type CaseResult = NextCase & CaseOutcome;

export interface CheckOptions {
  /** Default: all {@link conformanceCases}. */
  readonly cases?: Iterable<ConformanceCase>;
  /** Whether to check the contract of buffers and runs, before the cases. Default: true. */
  readonly laws?: boolean;
  /** The float dtypes in the engine's manifest; programs with others count as unsupported. Default: both. */
  readonly dtypes?: readonly FloatDType[];
  /** Called before each case, since an engine may crash its process. */
  readonly onNext?: (next: NextCase) => void;
  /** Stops before the next case when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Checks an engine's contract (buffers, executables), then runs the cases, and yields each result.
 *
 * An engine error is a failure, unless `engine.unsupported` declared the program or the manifest excludes its dtype. Leaves
 * nothing on the engine.
 *
 * @example
 * for await (const result of checkEngine(engine)) {
 *   if (result.status === 'fail') console.error(`${result.subject}, ${result.name}: ${result.reason}`);
 * }
 */
export async function* checkEngine(
  engine: Engine,
  { cases = conformanceCases(), laws = true, dtypes, onNext, signal }: CheckOptions = {},
): AsyncGenerator<CaseResult, void, undefined> {
  const begun = ({ subject, name, dtype }: NextCase): NextCase => {
    onNext?.({ subject, name, dtype });
    return { subject, name, dtype };
  };
  for (const law of laws ? LAWS : []) {
    if (signal?.aborted) return;
    const next = begun({ ...law, subject: BUFFERS });
    yield { ...next, ...(await lawOutcome(engine, law, dtypes)) };
  }
  for (const example of cases) {
    if (signal?.aborted) return;
    const next = begun(example);
    yield { ...next, ...(await outcomeOf(engine, example, dtypes)) };
  }
}

/** The subject of the contract's laws. */
const BUFFERS = 'buffers and runs';

async function lawOutcome(
  engine: Engine,
  law: Law,
  dtypes: readonly FloatDType[] | undefined,
): Promise<CaseOutcome> {
  const declared = declaredAgainst(engine, identityProgram(law.dtype), dtypes);
  if (declared !== null) return { status: 'unsupported', reason: declared.reason };
  try {
    await law.check(engine);
    return { status: 'pass', share: 0 };
  } catch (error) {
    return { status: 'fail', reason: describe(error) };
  }
}

/** Why a program cannot run: the engine's own reason, or its manifest, which the harness checks. */
function declaredAgainst(
  engine: Engine,
  program: Program,
  dtypes: readonly FloatDType[] | undefined,
): { readonly by: 'engine' | 'manifest'; readonly reason: string } | null {
  const reason = engine.unsupported?.(program) ?? null;
  if (reason !== null) return { by: 'engine', reason };
  const foreign = dtypes && [...dtypesOf(program)].find((dtype) => isFloat(dtype) && !dtypes.includes(dtype));
  return foreign === undefined ? null : { by: 'manifest', reason: `has no ${foreign}, by its manifest` };
}

async function outcomeOf(
  engine: Engine,
  example: ConformanceCase,
  dtypes: readonly FloatDType[] | undefined,
): Promise<CaseOutcome> {
  const { program } = example;
  const declared = declaredAgainst(engine, program, dtypes);
  if (declared?.by === 'engine') return refusal(engine, example, declared.reason);
  if (declared !== null) return { status: 'unsupported', reason: declared.reason };
  const { got, calls } = await tryRun(engine, example);
  if ('error' in got) return { status: 'fail', reason: got.error };
  const { expected, allowances } = referenceOf(example);
  const mismatch = typeMismatch(got.values, expected) ?? callMismatch(example, calls);
  if (mismatch !== undefined) return { status: 'fail', reason: mismatch };
  const comparison = compare(got.values, expected, allowances);
  if (comparison.fits) return { status: 'pass', share: comparison.share };
  const { where, expected: wanted, got: value } = comparison;
  const reason = `${where}: expected ${wanted}, got ${value}`;
  return { status: 'fail', reason, deviation: { where, expected: wanted, got: value } };
}

interface Reference extends Pick<ConformanceCase, 'inputs' | 'tolerance'> {
  readonly updates: ConformanceCase['updates'] | undefined;
  readonly expected: readonly TensorValue[];
  readonly allowances: readonly Allowance[];
}

/** The last reference of each program: cases that differ only in how loops run share it; that of a whole step takes seconds. */
const references = new WeakMap<Program, Reference>();

function referenceOf(example: ConformanceCase): Reference {
  const { program, inputs, tolerance, updates } = example;
  const known = references.get(program);
  if (known?.inputs === inputs && known.tolerance === tolerance && known.updates === updates) return known;
  const expected = referenceOutputs(program, inputs);
  const allowances = allowancesOf(example, expected);
  const reference = { inputs, tolerance, updates, expected, allowances };
  references.set(program, reference);
  return reference;
}

/** An engine must refuse to compile what it declares unsupported, with a GaussmarkError. */
async function refusal(
  engine: Engine,
  { program, loops }: ConformanceCase,
  reason: string,
): Promise<CaseOutcome> {
  try {
    const executable = await engine.compile(program, defined({ loops }));
    await executable.dispose();
  } catch (error) {
    if (error instanceof GaussmarkError) return { status: 'unsupported', reason };
    return {
      status: 'fail',
      reason: `declared unsupported (${reason}), but refused with ${describe(error)}`,
    };
  }
  return { status: 'fail', reason: `declared unsupported (${reason}), but it compiles` };
}

interface Run {
  readonly got: { readonly values: readonly TensorValue[] } | { readonly error: string };
  /** Calls of `onIteration` by loop. */
  readonly calls: ReadonlyMap<string, number>;
}

async function tryRun(engine: Engine, { program, inputs, loops }: ConformanceCase): Promise<Run> {
  const calls = new Map<string, number>();
  const onIteration = (loop: string) => void calls.set(loop, (calls.get(loop) ?? 0) + 1);
  try {
    const options = defined({ loops, onIteration: loops === 'hosted' ? onIteration : undefined });
    const values = await runProgram(engine, program, inputs, options);
    return { got: { values }, calls };
  } catch (error) {
    return { got: { error: describe(error) }, calls };
  }
}

function describe(error: unknown): string {
  if (error instanceof GaussmarkError) return [error.summary, error.got].filter(Boolean).join('; got ');
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function typeMismatch(got: readonly TensorValue[], expected: readonly TensorValue[]): string | undefined {
  const fits =
    got.length === expected.length &&
    got.every(({ type, data }, i) => {
      const wanted = expected[i]!;
      return (
        sameType(type, wanted.type) &&
        data.length === wanted.data.length &&
        data.constructor === wanted.data.constructor
      );
    });
  if (fits) return undefined;
  const list = (values: readonly TensorValue[]) =>
    values.map(({ type, data }) => `${formatType(type)} in a ${data.constructor.name}`).join(', ');
  return `expected the outputs (${list(expected)}), got (${list(got)})`;
}

/** Hosted loops must report every iteration. */
function callMismatch(
  { iterations }: ConformanceCase,
  calls: ReadonlyMap<string, number>,
): string | undefined {
  for (const [loop, count] of Object.entries(iterations ?? {})) {
    const called = calls.get(loop) ?? 0;
    if (called !== count)
      return `onIteration was called ${called} times for the loop '${loop}', expected ${count}`;
  }
  return undefined;
}
