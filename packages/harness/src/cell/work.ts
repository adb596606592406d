// Work in gradient-equivalents: floating-point operations that were done, over those of one gradient.

import {
  type Cost,
  costOf,
  type LoopCost,
  type MeteredCost,
  type ProgramCost,
  programCost,
  type Site,
  type TensorType,
  trace,
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, GaussmarkError, type Params } from '@gaussmark/core';
import { exampleTypes, type Subject } from './programs.js';
import type { StepProgram } from './step.js';

/** Operations of one loss and gradient on a mini-batch: the unit. */
export function gradientFlops(subject: Subject, batchSize: number): number {
  const { model, loss, params } = subject;
  const gradient = (at: Params, batch: Batch) => bindProblem(model, loss, batch).valueAndGrad(at).grad;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batchSize);
  return programCost(trace(gradient, params, types).program).flops;
}

/**
 * What a program did by its own counters, whatever its plugin says.
 *
 * @throws GaussmarkError if a counter has wrapped around
 */
export function costOfRun(cost: MeteredCost, sites: readonly Site[], counts: ArrayLike<number>): Cost {
  for (const [i, { kind, name }] of sites.entries()) {
    if (counts[i]! >= 0) continue;
    const what = kind === 'loop' ? `loop '${name}'` : 'branch';
    throw new GaussmarkError(`a ${what} of the optimizer ran more often than can be counted`, {
      expected: 'at most 2,147,483,647 turns in one step',
      remedy: 'bound the number of turns, or spread the work over several steps',
    });
  }
  return costOf(cost, counts);
}

/** Turns of all loops of a name; undefined if there is no such loop. */
export function turnsOf(name: string, sites: readonly Site[], counts: ArrayLike<number>): number | undefined {
  let turns: number | undefined;
  for (const [i, site] of sites.entries()) {
    if (site.kind === 'loop' && site.name === name) turns = (turns ?? 0) + counts[i]!;
  }
  return turns;
}

/** One iteration of a loop, with one iteration of each loop inside it: of a program that was not run. */
export function iterationCost({ perIteration }: LoopCost): Cost {
  return totalCost(perIteration);
}

function totalCost(cost: ProgramCost): Cost {
  let { flops, bytes } = cost;
  for (const loop of cost.loops) {
    const one = iterationCost(loop);
    flops += one.flops;
    bytes += one.bytes;
  }
  return { flops, bytes };
}

/** The work of steps by what they counted. */
export class StepWork {
  /** @param unit operations of one gradient-equivalent */
  constructor(
    private readonly step: Pick<StepProgram, 'cost' | 'sites'>,
    private readonly unit: number,
  ) {}

  /** Gradient-equivalents of a step with these counts. */
  of(counts: ArrayLike<number>): number {
    return costOfRun(this.step.cost, this.step.sites, counts).flops / this.unit;
  }

  /** Turns of its loops of a name; undefined if it has none. */
  turnsOf(name: string, counts: ArrayLike<number>): number | undefined {
    return turnsOf(name, this.step.sites, counts);
  }
}
