// Where a model is evaluated, saved and exported: at the parameters, unless the optimizer names another point.

import {
  type MeteredCost,
  meter,
  type Program,
  type Site,
  type Tensor,
  type TensorType,
  type Tree,
  trace,
  tree,
} from '@gaussmark/autodiff';
import type { Buffer, Engine, Executable, Optimizer, Params } from '@gaussmark/core';
import type { Subject } from './programs.js';
import { returned } from './returned.js';
import { costOfRun } from './work.js';

/**
 * (params, state) -> params; undefined for an optimizer without an evaluation point.
 *
 * @throws GaussmarkError if it does not return parameters of the types given
 */
export function evaluationPointProgram(
  optimizer: Optimizer,
  { params }: Pick<Subject, 'params'>,
  state: Tree<TensorType>,
): Program | undefined {
  const { evaluationPoint } = optimizer;
  if (evaluationPoint === undefined) return undefined;
  const point = (at: Params, current: Tree<Tensor>) =>
    returned(
      "the optimizer's evaluationPoint",
      'params',
      evaluationPoint.call(optimizer, at, current),
      params,
    );
  return trace(point, params, state).program;
}

/** A compiled evaluation point, with its own buffers. */
interface CompiledPoint {
  readonly executable: Executable;
  readonly params: readonly Buffer[];
  readonly counts: readonly Buffer[];
  readonly sites: readonly Site[];
  readonly cost: MeteredCost;
}

/** The point at which a training's model is evaluated. Its work is not billed, and off the training clock. */
export class EvaluationPoint {
  /** Operations of its costliest evaluation. */
  mostFlops = 0;

  private constructor(private readonly compiled: CompiledPoint | undefined) {}

  /** @param program from {@link evaluationPointProgram} */
  static async prepare(
    engine: Engine,
    program: Program | undefined,
    { params }: Pick<Subject, 'params'>,
  ): Promise<EvaluationPoint> {
    if (program === undefined) return new EvaluationPoint(undefined);
    const metered = meter(program);
    const executable = await engine.compile(metered.program);
    const buffers = metered.program.outputs.map(({ type }) => engine.allocate(type));
    const size = tree.leaves<TensorType>(params).length;
    return new EvaluationPoint({
      ...metered,
      executable,
      params: buffers.slice(0, size),
      counts: buffers.slice(size),
    });
  }

  /** The parameters to evaluate; valid until the next call. */
  async of({
    params,
    state,
  }: {
    readonly params: readonly Buffer[];
    readonly state: readonly Buffer[];
  }): Promise<readonly Buffer[]> {
    const { compiled } = this;
    if (compiled === undefined) return params;
    await compiled.executable.run([...params, ...state], [...compiled.params, ...compiled.counts]);
    const counts = (await compiled.counts[0]?.read()) ?? [];
    this.mostFlops = Math.max(this.mostFlops, costOfRun(compiled.cost, compiled.sites, counts).flops);
    return compiled.params;
  }
}
