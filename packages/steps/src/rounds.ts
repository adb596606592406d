// Interleaved timing: every subject once a round, in an order drawn anew, so that a slow spell of the machine falls on all.

import { permutation, xoroshiro128plus } from '@gaussmark/random';
import { Bench, type FnReturnedObject } from 'tinybench';
import type { Effort, Method, Samples } from './suite.js';

/** Something that is timed. */
export interface Subject {
  /** Unique. */
  readonly id: string;
  readonly run: () => Promise<unknown>;
}

export interface RoundsOptions extends Method {
  /** Of the order within the rounds. */
  readonly seed: number;
  readonly onRound: (done: number, total: number, secondsLeft: number) => void;
}

export interface TimedRounds {
  /** By the subject's id, seconds of one run in each round. */
  readonly samples: ReadonlyMap<string, Samples>;
  readonly rounds: number;
  readonly seconds: number;
}

/** What is faster is run again and again for so long, and its turn counts as the median of those runs. */
const TURN_MS = 5;
/** Turns before the first round; the last of them also tells how long a round takes. */
const WARM_UP_ROUNDS = 2;
/** However long they take: with fewer, a median has no interval to speak of. */
const FEWEST_ROUNDS = 5;
const MOST_ROUNDS = 200;

/**
 * Times subjects in rounds. Each turn is tinybench's: the subject runs at least once and for at least 5 ms, and the
 * median of these runs is its sample of the round.
 *
 * @throws whatever a subject throws
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
      const { id } = subjects[index]!;
      const task = bench.getTask(id)!;
      task.reset();
      await task.run();
      const { result } = task;
      if (result.state !== 'completed') throw new Error(`internal: ${id} was not timed: ${result.state}`);
      if (keep) samples.get(id)!.push(result.latency.p50 / 1000);
      // A message of the process above, or its end, is seen between turns.
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

/** The run on the clock of the processor. What a turn has left is told by the wall clock all the same. */
function onProcessorTime(run: Subject['run']): () => Promise<FnReturnedObject> {
  return async () => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(before);
    return { overriddenDuration: (user + system) / 1000, overriddenIterationCost: performance.now() - start };
  };
}

/** How many rounds an effort allows: 5 to 200 of those that are counted in seconds. */
export function roundsWithin(effort: Effort, secondsPerRound: number): number {
  if ('rounds' in effort) return effort.rounds;
  return Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, Math.floor(effort.seconds / secondsPerRound)));
}
