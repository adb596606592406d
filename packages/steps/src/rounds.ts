// Interleaved timing: every subject once per round, in random order, so a slow spell of the machine affects all.

import { permutation, xoroshiro128plus } from '@gaussmark/random';
import { Bench, type FnReturnedObject } from 'tinybench';
import type { Effort, Method, Samples } from './suite.js';

/** Something to time. */
export interface Subject {
  /** Unique. */
  readonly id: string;
  readonly run: () => Promise<unknown>;
  /** What `run` does is timed as this many runs; default 1. */
  readonly repeats?: number;
}

export interface RoundsOptions extends Method {
  /** Seed of the order within rounds. */
  readonly seed: number;
  readonly onRound: (done: number, total: number, secondsLeft: number) => void;
}

export interface TimedRounds {
  /** Seconds of one run per round, by subject id. */
  readonly samples: ReadonlyMap<string, Samples>;
  readonly rounds: number;
  readonly seconds: number;
}

/** A faster subject runs repeatedly for this long; the median counts. */
const TURN_MS = 5;
/** Rounds before the first; the last of them estimates the duration of a round. */
const WARM_UP_ROUNDS = 2;
/** Whatever they take: fewer give no useful interval. */
const FEWEST_ROUNDS = 5;
const MOST_ROUNDS = 200;

/**
 * Times subjects in rounds. In each round tinybench runs a subject at least once and for at least 5 ms; the median is its
 * sample.
 *
 * @throws the error of a subject
 */
export async function timeRounds(
  subjects: readonly Subject[],
  { effort, clock, seed, onRound }: RoundsOptions,
): Promise<TimedRounds> {
  const bench = new Bench({ iterations: 1, time: TURN_MS, warmup: false, throws: true });
  for (const { id, run } of subjects) {
    bench.add(id, clock === 'cpu' ? onProcessorTime(run) : run, { async: true });
  }
  const samples = new Map(subjects.map(({ id }): [string, number[]] => [id, []]));
  const generator = xoroshiro128plus(seed);

  const round = async (keep: boolean): Promise<number> => {
    const start = performance.now();
    for (const index of permutation(subjects.length, generator)) {
      const { id, repeats = 1 } = subjects[index]!;
      const task = bench.getTask(id)!;
      task.reset();
      await task.run();
      const { result } = task;
      if (result.state !== 'completed') throw new Error(`internal: ${id} was not timed: ${result.state}`);
      if (keep) samples.get(id)!.push(result.latency.p50 / 1000 / repeats);
      // Let messages from the parent process, or its exit, through.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return (performance.now() - start) / 1000;
  };

  let expected = 0;
  for (let i = 0; i < WARM_UP_ROUNDS; i++) expected = await round(false);
  let total = roundsWithin(effort, expected);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  onRound(0, total, total * expected);
  for (let done = 1; done <= total; done++) {
    await round(true);
    const mean = elapsed() / done;
    total = Math.max(done, roundsWithin(effort, mean));
    onRound(done, total, (total - done) * mean);
  }
  return { samples, rounds: total, seconds: elapsed() };
}

/** A run on the processor clock. The wall clock still bounds its repetitions. */
function onProcessorTime(run: Subject['run']): () => Promise<FnReturnedObject> {
  return async () => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(before);
    return { overriddenDuration: (user + system) / 1000, overriddenIterationCost: performance.now() - start };
  };
}

/** Number of rounds that an effort allows; 5 to 200 if given in seconds. */
export function roundsWithin(effort: Effort, secondsPerRound: number): number {
  if ('rounds' in effort) return effort.rounds;
  return Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, Math.floor(effort.seconds / secondsPerRound)));
}
