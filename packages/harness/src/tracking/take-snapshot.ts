// Measuring one checkout: its hard numbers cell by cell, and its times in rounds of one process.

import { medianOf } from '../steps/ratios.js';
import { type Checkout, Measurer } from './measurer.js';
import { clocksFor } from './paired-timing.js';
import type { TrackingRequest } from './plan-tracking.js';
import type { PlannedSuite } from './protocol.js';
import type { Measure, Tier } from './snapshot.js';

export interface MeasureOptions {
  readonly request: TrackingRequest;
  readonly plugins: readonly string[];
  readonly onProgress: (what: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Of timing. */
export interface Effort {
  readonly rounds: number;
  /** That a turn lasts. */
  readonly milliseconds: number;
}

export interface Measured {
  readonly suite: PlannedSuite;
  readonly measures: readonly Measure[];
}

/** What would be measured, without doing it. */
export function planMeasures(checkout: Checkout, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async () => []);
}

/**
 * The measures of a checkout, those of each tier in a process of their own.
 *
 * @param tiers at least one
 * @throws as {@link measureHard} does
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
  return { suite: parts[0]!.suite, measures: parts.flatMap(({ measures }) => measures) };
}

/**
 * The hard measures of a checkout.
 *
 * @throws GaussmarkError if the request is wrong
 * @throws MeasurerFailure if a cell cannot be measured
 */
export function measureHard(checkout: Checkout, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async (measurer, suite) => {
    const measures: Measure[] = [];
    for (const [index, { problem, optimizer }] of suite.cells.entries()) {
      options.onProgress(`${problem}, ${optimizer}`, index, suite.cells.length);
      measures.push(...(await measurer.ask('observe', { cell: index })));
    }
    return measures;
  });
}

/** The timed measures of a checkout: medians over rounds, each subject once a round. */
function measureTimes(checkout: Checkout, effort: Effort, options: MeasureOptions): Promise<Measured> {
  return withMeasurer(checkout, options, async (measurer, { engineInfo }) => {
    options.onProgress('compiling what is timed', 0, effort.rounds);
    const subjects = await measurer.ask('prepare', {});
    const clock = clocksFor(engineInfo.threads)[0]!;
    const samples = new Map(subjects.map(({ id }): [string, number[]] => [id, []]));
    for (let round = 0; round < effort.rounds; round++) {
      options.onProgress(`timing ${subjects.length} things in turns`, round, effort.rounds);
      // Forwards and backwards, so that a steady change of the machine falls on all alike.
      for (const { id } of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const turn = await measurer.ask('turn', { subject: id, milliseconds: effort.milliseconds });
        samples.get(id)!.push(turn[clock]);
      }
    }
    return subjects.map(
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
  });
}

async function withMeasurer(
  checkout: Checkout,
  { request, plugins, signal }: MeasureOptions,
  work: (measurer: Measurer, suite: PlannedSuite) => Promise<readonly Measure[]>,
): Promise<Measured> {
  signal.throwIfAborted();
  const measurer = await Measurer.start(checkout);
  const stop = () => measurer.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const suite = await measurer.ask('plan', { request, plugins });
    return { suite, measures: await work(measurer, suite) };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
