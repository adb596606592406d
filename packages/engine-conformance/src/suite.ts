// The suite: cases for every primitive.

import {
  type ControlFlow,
  isControlFlow,
  meter,
  type Primitive,
  type Tensor,
  trace,
} from '@gaussmark/autodiff';
import { type ConformanceCase, type Example, equationProgram } from './case.js';
import { CONTROL_FLOW, type FlowExample } from './cases/control-flow.js';
import { ELEMENTWISE } from './cases/elementwise.js';
import { LAYOUT } from './cases/layout.js';
import { RANDOM } from './cases/random.js';
import { REDUCTIONS } from './cases/reductions.js';
import { WINDOWS } from './cases/windows.js';
import { RANDOM_TOLERANCE, TOLERANCES, type Tolerance } from './tolerance.js';

/** Exhaustive: it does not compile if a primitive has no examples. */
const EXAMPLES: { readonly [P in Exclude<Primitive, ControlFlow>]: readonly Example<P>[] } & {
  readonly [P in ControlFlow]: readonly FlowExample[];
} = { ...ELEMENTWISE, ...REDUCTIONS, ...WINDOWS, ...LAYOUT, ...CONTROL_FLOW };

let built: readonly ConformanceCase[] | undefined;

/**
 * All cases, in the order of the primitives: each primitive alone in every relevant dtype and shape; loops, branches and random
 * numbers in whole programs, fused and hosted. The caller can add whole optimizer steps.
 */
export function conformanceCases(): readonly ConformanceCase[] {
  built ??= [
    ...(Object.keys(EXAMPLES) as Primitive[]).flatMap((primitive) =>
      isControlFlow(primitive)
        ? CONTROL_FLOW[primitive].flatMap((example) => flowCases(primitive, example, TOLERANCES[primitive]))
        : equationCases(primitive),
    ),
    ...RANDOM.flatMap((example) => flowCases('random numbers', example, RANDOM_TOLERANCE)),
  ];
  return built;
}

function equationCases<P extends Exclude<Primitive, ControlFlow>>(primitive: P): ConformanceCase[] {
  const examples = EXAMPLES[primitive] as readonly Example<P>[];
  return examples.map((example) => ({
    subject: primitive,
    name: example.name,
    dtype: example.dtype,
    tolerance: TOLERANCES[primitive],
    ...equationProgram(primitive, example),
  }));
}

/** A program with loops runs both ways, others in one. */
function flowCases(
  subject: string,
  { name, dtype, fn, inputs, iterations }: FlowExample,
  tolerance: Tolerance,
): ConformanceCase[] {
  const traced = trace(
    fn as (...inputs: Tensor[]) => ReturnType<FlowExample['fn']>,
    ...inputs.map(({ type }) => type),
  );
  // With counters, as in a run, where what an engine counts is billed.
  const { program } = meter(traced.program);
  const ways =
    subject === 'while' || iterations !== undefined ? (['fused', 'hosted'] as const) : (['fused'] as const);
  return ways.map((loops) => ({
    subject,
    name: ways.length === 1 ? name : `${name}, ${loops}`,
    dtype,
    program,
    inputs,
    tolerance,
    loops,
    ...(iterations === undefined || loops === 'fused' ? {} : { iterations }),
  }));
}
