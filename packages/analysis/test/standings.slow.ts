// Verdicts on stores of pure seed noise.

import { expect, it } from 'vitest';
import { noise } from '../../statistics/test/random.js';
import { arenasOf, leaderboards } from '../src/leaderboard.js';
import { standingsOf } from '../src/standings.js';
import { type SmallRun, smallReports } from './small-report.js';

const STORES = 100;

/** A store whose runs differ by noise alone, in losses and times. */
function storeOf(
  source: ReturnType<typeof noise>,
  { problems, optimizers, seeds }: Readonly<Record<'problems' | 'optimizers' | 'seeds', number>>,
) {
  const around = (value: number) => value * Math.exp(0.1 * source.normal());
  const run = (label: string, seed: number): SmallRun => {
    const [half, end] = [around(1), around(0.5)];
    return {
      label,
      seed,
      losses: [
        [half, half],
        [end, end],
      ],
      secondsPerStep: around(0.001),
    };
  };
  const counted = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const runs = () =>
    counted(optimizers).flatMap((o) => counted(seeds).map((seed) => run(o === 1 ? 'sgd' : `o${o}`, seed)));
  return smallReports(Object.fromEntries(counted(problems).map((p) => [`p${p}`, runs()])));
}

/** How many of the stores use the word. */
function countOf(word: string, wordsOf: () => readonly string[]): number {
  return Array.from({ length: STORES }, wordsOf).filter((words) => words.includes(word)).length;
}

it('names no winner on single problems in at least 95 of 100 stores of pure seed noise', () => {
  const source = noise(11);
  const clear = countOf('clear', () =>
    leaderboards(storeOf(source, { problems: 2, optimizers: 3, seeds: 8 })).map(
      ({ contest }) => contest.verdict,
    ),
  );
  expect(clear).toBeLessThanOrEqual(5);
}, 120_000);

it('names no winner over all problems in at least 95 of 100 stores of pure seed noise', () => {
  const source = noise(12);
  const clear = countOf('clear', () => {
    const report = storeOf(source, { problems: 8, optimizers: 3, seeds: 1 });
    const sets = standingsOf(report, arenasOf(report))?.speedups ?? [];
    return sets.flatMap(({ rows }) => rows.map(({ separation }) => separation));
  });
  expect(clear).toBeLessThanOrEqual(5);
}, 120_000);
