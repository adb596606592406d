// Measures a suite in this process: compiles everything, then times it in interleaved rounds.

import { type Locations, setUp, startEngine } from '@gaussmark/cell';
import { defined, GaussmarkError, Mismatch, type Registry } from '@gaussmark/core';
import { peakParts } from './peak.js';
import { timeRounds } from './rounds.js';
import { type StepPart, TimedProblem } from './subjects.js';
import type { Measurement, Method, Suite, SuiteEvent, UntimedStep } from './suite.js';

/** Seed of the order within rounds. */
const ORDER_SEED = 1;

/**
 * Measures a suite. A step that cannot be set up, compiled or run is left out with its reason; the others are timed.
 *
 * @throws GaussmarkError if the problem, or every step, cannot be set up, compiled or run
 */
export async function measureSuite(
  suite: Suite,
  method: Method,
  registry: Registry,
  locations: Locations,
  onEvent: (event: SuiteEvent) => void,
): Promise<Measurement> {
  const engine = await startEngine(suite, registry);
  try {
    onEvent({ type: 'phase', phase: 'load' });
    const setup = await setUp(suite.steps[0]!.cell, registry, locations).catch((error: unknown) => {
      throw error instanceof Mismatch ? new GaussmarkError(error.message) : error;
    });
    onEvent({ type: 'phase', phase: 'compile' });
    const problem = new TimedProblem(engine, setup, suite, registry);
    const { forward, gradient, products } = await problem.parts();
    const data = problem.trainingData();
    const steps: StepPart[] = [];
    const untimed: UntimedStep[] = [];
    for (const step of suite.steps) {
      try {
        steps.push(await problem.step(step, data));
      } catch (error) {
        untimed.push({ optimizer: step.cell.label, reason: (error as Error).message });
      }
    }
    if (steps.length === 0) throw new GaussmarkError(untimed.map(({ reason }) => reason).join('; '));
    const peak = await peakParts(engine, suite.problem.dtype, gradient.program, steps[0]!.program);

    onEvent({ type: 'phase', phase: 'warm-up' });
    const subjects = [
      ...[forward, gradient, products.few, products.many],
      ...steps,
      ...[...peak.products, peak.sum, peak.call],
    ];
    const { samples, rounds, seconds } = await timeRounds(subjects, {
      ...method,
      seed: ORDER_SEED,
      onRound: (done, total, secondsLeft) => onEvent({ type: 'round', done, total, secondsLeft }),
    });
    const samplesOf = ({ id }: { readonly id: string }) => samples.get(id)!;
    const { user, system } = process.cpuUsage();
    const costOnly = <T extends { readonly id: string; readonly cost: { flops: number; bytes: number } }>(
      part: T,
    ) => ({
      cost: { flops: part.cost.flops, bytes: part.cost.bytes },
      samples: samplesOf(part),
    });
    return {
      engineInfo: engine.info,
      rounds,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      forward: costOnly(forward),
      gradient: costOnly(gradient),
      products: {
        cost: products.cost,
        few: { count: products.few.count, samples: samplesOf(products.few) },
        many: { count: products.many.count, samples: samplesOf(products.many) },
      },
      steps: steps.map((step) => ({
        ...costOnly(step),
        optimizer: step.optimizer,
        ...defined({
          iteration: step.iteration,
          innerIterations: step.innerIterations,
          iterationCost: step.iterationCost,
          lineSearchSteps: step.lineSearchSteps,
        }),
      })),
      untimed,
      peak: {
        products: peak.products.map((product) => ({
          ...costOnly(product),
          name: product.name,
          own: product.own,
        })),
        sum: costOnly(peak.sum),
        call: samplesOf(peak.call),
      },
    };
  } finally {
    await engine.dispose();
  }
}
