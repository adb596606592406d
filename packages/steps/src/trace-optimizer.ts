// The program of an optimizer's step, as text, with its cost.

import {
  type Cost,
  type Program,
  type ProgramCost,
  printProgram,
  programCost,
  programsIn,
  type TensorType,
  type Tree,
  tree,
} from '@gaussmark/autodiff';
import { type Cell, initProgram, type Locations, setUp, traceStep } from '@gaussmark/cell';
import { type ParameterInfo, parametersOf, type Registry } from '@gaussmark/core';

/** A primitive's share of the work outside loops. */
export interface PrimitiveShare {
  readonly primitive: string;
  /** Number of equations. */
  readonly count: number;
  readonly flops: number;
}

/** The step of an optimizer on one full mini-batch. */
export interface TracedOptimizer {
  readonly batchSize: number;
  /** The model's parameters, with the roles that the optimizer is told. */
  readonly parameters: readonly ParameterInfo[];
  /** The program in the notation of autodiff's `printProgram`; its inputs have the names of parameters and state. */
  readonly text: string;
  /** Of `init`; empty without state. */
  readonly initText: string;
  /** What the step returns, in order: `params.*`, `state.*`, metrics. */
  readonly outputs: readonly string[];
  /** Equations, those in loops and branches included. */
  readonly equations: number;
  /** Once per step, without iterations of loops and sides of branches. */
  readonly cost: Cost;
  /** The costliest primitives outside loops, in descending order. */
  readonly primitives: readonly PrimitiveShare[];
  /** The cost of an iteration of each loop, and of the true side of each branch over its false side. */
  readonly sites: readonly (Cost & { readonly kind: 'loop' | 'branch'; readonly name: string })[];
}

/**
 * Traces the step of a cell, without running it.
 *
 * @throws GaussmarkError if the cell cannot be set up, or the optimizer breaks its contract
 */
export async function traceOptimizer(
  cell: Cell,
  registry: Registry,
  locations: Locations,
): Promise<TracedOptimizer> {
  const { optimizer, batches, subject, dataset } = await setUp(cell, registry, locations);
  const init = initProgram(optimizer, subject);
  const batchSize = Math.min(cell.problem.batchSize, dataset.train.size);
  const { own, clock, metrics, sites, cost } = traceStep(optimizer, subject, init.state, batchSize, batches);
  const params = pathsOf('params', subject.params);
  const state = pathsOf('state', init.state);
  return {
    batchSize,
    parameters: parametersOf(subject.model, subject.params, cell.problem.model.name),
    text: printProgram(own, [...params, ...state, 'inputs', 'targets', ...clock]),
    initText: state.length === 0 ? '' : printProgram(init.program, params),
    outputs: [...params, ...state, ...metrics.filter((name) => name !== 'loss')],
    equations: equationsIn(own),
    cost: cost.fixed,
    primitives: sharesOf(programCost(own)),
    sites: sites.map(({ kind, name }, i) => ({ kind, name, ...cost.perCount[i]! })),
  };
}

function pathsOf(prefix: string, types: Tree<TensorType>): readonly string[] {
  return tree.paths(tree.structureOf(types)).map((path) => (path === '' ? prefix : `${prefix}.${path}`));
}

function equationsIn(program: Program): number {
  return [...programsIn(program)].reduce((count, { equations }) => count + equations.length, 0);
}

function sharesOf({ byPrimitive }: ProgramCost): PrimitiveShare[] {
  return Object.entries(byPrimitive)
    .map(([primitive, { count, flops }]) => ({ primitive, count, flops }))
    .filter(({ flops }) => flops > 0)
    .sort((a, b) => b.flops - a.flops);
}
