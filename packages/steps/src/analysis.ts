// From a measurement to times, costs in gradients, shares of the machine's limits, and lines of step times.

import type { TimingCost, TimingLine, TimingSuite } from '@gaussmark/analysis';
import type { Cost } from '@gaussmark/autodiff';
import { defined } from '@gaussmark/core';
import { combine, fitRounds, inverse, medianOf, ratioOf } from './ratios.js';
import { type Machine, rooflineOf } from './roofline.js';
import type { MeasuredStep, Measurement, Samples } from './suite.js';

/** The part of a timing derived from the measurement alone. */
export type Analysis = Pick<TimingSuite, 'costs' | 'peak' | 'lines'>;

/**
 * Ratios are taken within rounds, medians over rounds.
 *
 * - A Gauss-Newton product is (T(m) - T(0)) / m, from programs with m and 0 products at one linearized point.
 * - An inner iteration is (T(n2) - T(n1)) / (n2 - n1), from steps with the fewest and the most iterations. The forward passes
 *   of line-search reductions are subtracted from both, as a longer direction may need more.
 * - The peak is that of the fastest product, the bandwidth that of a sum of two large arrays.
 */
export function analyse(measurement: Measurement): Analysis {
  const { forward, gradient, products, steps } = measurement;
  const machine = machineOf(measurement);
  const describe = costOf(machine, gradient.samples);
  const { few, many } = products;
  const product = combine([few.samples, many.samples], ([a, b]) => (b! - a!) / (many.count - few.count));
  const families = familiesOf(steps);
  return {
    costs: [
      describe({ name: 'forward', kind: 'forward' }, forward.cost, forward.samples),
      describe({ name: 'gradient', kind: 'gradient' }, gradient.cost, gradient.samples),
      describe({ name: 'GGN product', kind: 'ggnProduct' }, products.cost, product),
      ...families.flatMap(({ optimizer, members }) => {
        const [first, last] = [members[0]!, members.at(-1)!];
        if (first === last || first.iterationCost === undefined) return [];
        const { one } = first.iteration;
        const name = families.length === 1 ? one : `${one} of ${optimizer}`;
        const iteration = combine(
          [unsearched(first, forward.samples), unsearched(last, forward.samples)],
          ([a, b]) => (b! - a!) / (last.innerIterations - first.innerIterations),
        );
        return [describe({ name, kind: 'innerIteration', optimizer }, first.iterationCost, iteration)];
      }),
      ...steps.map(({ optimizer, innerIterations, lineSearchSteps, cost, samples }) =>
        describe(
          {
            name: stepName(optimizer, innerIterations),
            kind: 'step',
            optimizer,
            ...defined({ innerIterations, lineSearchSteps }),
          },
          cost,
          samples,
        ),
      ),
    ],
    peak: peakOf(measurement, machine),
    lines: linesOf(measurement, families),
  };
}

/** `sgn(10) step`: a step with 10 inner iterations. */
function stepName(optimizer: string, innerIterations?: number): string {
  return `${optimizer}${innerIterations === undefined ? '' : `(${innerIterations})`} step`;
}

interface MeasuredMachine extends Machine {
  readonly product: Measurement['peak']['products'][number];
  readonly sum: Measurement['peak']['sum'];
}

function machineOf({ peak: { products, sum } }: Measurement): MeasuredMachine {
  const rate = ({ cost, samples }: { readonly cost: Cost; readonly samples: Samples }) =>
    cost.flops / medianOf(samples).value;
  const product = products.reduce((best, next) => (rate(next) > rate(best) ? next : best));
  return {
    product,
    sum,
    flopsPerSecond: rate(product),
    bytesPerSecond: sum.cost.bytes / medianOf(sum.samples).value,
  };
}

type CostName = Pick<TimingCost, 'name' | 'kind' | 'optimizer' | 'innerIterations' | 'lineSearchSteps'>;

function costOf({ product, sum, ...machine }: MeasuredMachine, gradient: Samples) {
  return (name: CostName, { flops, bytes }: Cost, samples: Samples): TimingCost => {
    const seconds = medianOf(samples);
    const { intensity, limit } = rooflineOf({ flops, bytes }, machine);
    const perSecond = (amount: number) => (seconds.value > 0 && amount > 0 ? amount / seconds.value : null);
    // Time over the limit's time in the same round; inverted last, since a difference may be near zero.
    const computing = combine(
      [samples, product.samples],
      ([t, p]) => t! / (flops * (p! / product.cost.flops)),
    );
    const moving = combine([samples, sum.samples], ([t, s]) => t! / (bytes * (s! / sum.cost.bytes)));
    const shareOf = (times: Samples, amount: number) => (amount > 0 ? inverse(medianOf(times)) : null);
    return {
      ...name,
      seconds,
      gradients: ratioOf(samples, gradient),
      flops,
      bytes,
      intensity,
      flopsPerSecond: perSecond(flops),
      bytesPerSecond: perSecond(bytes),
      peakShare: shareOf(computing, flops),
      limit,
      limitShare: limit === 'compute' ? shareOf(computing, flops) : shareOf(moving, bytes),
    };
  };
}

function peakOf({ peak: { products, call } }: Measurement, machine: MeasuredMachine): Analysis['peak'] {
  return {
    product: machine.product.name,
    flopsPerSecond: machine.flopsPerSecond,
    bytesPerSecond: machine.bytesPerSecond,
    callSeconds: medianOf(call),
    products: products.map(({ name, own, cost: { flops }, samples }) => {
      const seconds = medianOf(samples);
      return { name, own, flops, seconds, flopsPerSecond: flops / seconds.value };
    }),
  };
}

type LoopStep = MeasuredStep & Required<Pick<MeasuredStep, 'iteration' | 'innerIterations'>>;

/** The steps of an optimizer, by their inner iterations. */
interface Family {
  readonly optimizer: string;
  readonly members: readonly LoopStep[];
}

function familiesOf(steps: readonly MeasuredStep[]): Family[] {
  const counted = steps.filter((step): step is LoopStep => step.innerIterations !== undefined);
  return [...new Set(counted.map(({ optimizer }) => optimizer))].map((optimizer) => ({
    optimizer,
    members: counted
      .filter((step) => step.optimizer === optimizer)
      .sort((a, b) => a.innerIterations - b.innerIterations),
  }));
}

/** A step without its line-search reductions. */
function unsearched({ samples, lineSearchSteps = 0 }: MeasuredStep, forward: Samples): Samples {
  return combine([samples, forward], ([step, pass]) => step! - lineSearchSteps * pass!);
}

function linesOf({ steps, forward }: Measurement, families: readonly Family[]): TimingLine[] {
  const baseline = steps.find(({ innerIterations }) => innerIterations === undefined);
  if (baseline === undefined) return [];
  return families.flatMap(({ optimizer, members }) => {
    const points = members.map((step) => ({
      x: step.innerIterations,
      y: combine([unsearched(step, forward.samples), baseline.samples], ([step, unit]) => step! / unit!),
    }));
    const line = fitRounds(points);
    if (line === null) return [];
    return [
      {
        optimizer,
        iteration: members[0]!.iteration,
        baseline: baseline.optimizer,
        ...line,
        points: points.map(({ x, y }) => ({ innerIterations: x, ratio: medianOf(y) })),
      },
    ];
  });
}
