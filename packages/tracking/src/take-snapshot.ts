// Measures one checkout: hard measures cell by cell, times in rounds of one process.

import { medianOf } from '@gaussmark/steps';
import type { Checkout } from './checkout.js';
import type { CoveredHyperparameter } from './coverage-report.js';
import { Measurer } from './measurer.js';
import { clocksFor } from './paired-timing.js';
import type { TrackingRequest } from './plan-tracking.js';
import type { MeasuringPlan } from './protocol.js';
import type { Measure, Tier } from './snapshot.js';

export interface MeasureOptions {
  readonly request: TrackingRequest;
  readonly plugins: readonly string[];
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** The effort of timing. */
export interface Effort {
  readonly rounds: number;
  /** Per turn. */
  readonly milliseconds: number;
}

export interface Measured {
  readonly suite: MeasuringPlan;
  readonly measures: readonly Measure[];
  /** Absent if nobody asked for it. */
  readonly coverage?: readonly CoveredHyperparameter[] | undefined;
}

/** Plans the measures without taking them. */
export function planMeasures(checkout: Checkout, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async () => ({ measures: [] }));
}

/**
 * The measures of a checkout, each tier in a process of its own.
 *
 * @param tiers at least one
 * @throws as {@link measureHard}
 */
export async function measureTiers(
  checkout: Checkout,
  tiers: readonly Tier[],
  effort: Effort,
  options: MeasureOptions,
): Promise<Measured> {
  const parts: Measured[] = [];
  for (const tier of tiers) {
    parts.push(
      tier === 'hard' ? await measureHard(checkout, options) : await measureTimes(checkout, effort, options),
    );
  }
  return {
    suite: parts[0]!.suite,
    measures: parts.flatMap(({ measures }) => measures),
    coverage: parts.find(({ coverage }) => coverage !== undefined)?.coverage,
  };
}

/**
 * The hard measures of a checkout: of its cells, then of the settings of its plugins.
 *
 * @throws GaussmarkError if the request is wrong
 * @throws MeasurerFailure if a cell cannot be measured
 */
export function measureHard(checkout: Checkout, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async (measurer, suite) => {
    const measures: Measure[] = [];
    const subjects = suite.coverage;
    const total = suite.cells.length + subjects.length;
    for (const [index, { problem, optimizer }] of suite.cells.entries()) {
      options.onProgress(`${problem}, ${optimizer}`, index, total);
      measures.push(...(await measurer.ask('observe', { cell: index })));
    }
    if (subjects.length === 0) return { measures };
    const coverage: CoveredHyperparameter[] = [];
    for (const [index, { kind, name }] of subjects.entries()) {
      options.onProgress(`settings of ${kind} ${name}`, suite.cells.length + index, total);
      const covered = await measurer.ask('cover', { subject: index });
      measures.push(...covered.measures);
      coverage.push(...covered.coverage);
    }
    return { measures, coverage };
  });
}

/** The timed measures of a checkout: medians over rounds, with each subject once per round. */
function measureTimes(checkout: Checkout, effort: Effort, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async (measurer, { engineInfo }) => {
    options.onProgress('compiling what is timed', 0, effort.rounds);
    const subjects = await measurer.ask('prepare', {});
    const clock = clocksFor(engineInfo.threads)[0]!;
    const samples = new Map(subjects.map(({ id }): [string, number[]] => [id, []]));
    for (let round = 0; round < effort.rounds; round++) {
      options.onProgress(`timing ${subjects.length} measures in turns`, round, effort.rounds);
      // Forwards and backwards, so a drift of the machine affects all equally.
      for (const { id } of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const turn = await measurer.ask('turn', { subject: id, milliseconds: effort.milliseconds });
        samples.get(id)!.push(turn[clock]);
      }
    }
    const measures = subjects.map(
      (subject): Measure => ({
        ...subject,
        tier: 'timed',
        unit: 's',
        better: 'lower',
        value: medianOf(samples.get(subject.id)!).value,
        samples: samples.get(subject.id)!,
        clock,
      }),
    );
    return { measures };
  });
}

async function withMeasurer(
  checkout: Checkout,
  { request, plugins, signal }: MeasureOptions,
  work: (measurer: Measurer, suite: MeasuringPlan) => Promise<Omit<Measured, 'suite'>>,
): Promise<Measured> {
  signal.throwIfAborted();
  const measurer = new Measurer(checkout);
  const stop = () => measurer.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const suite = await measurer.ask('plan', { request, plugins });
    return { suite, ...(await work(measurer, suite)) };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
