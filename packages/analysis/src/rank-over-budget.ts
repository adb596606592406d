// The order of optimizers over the budget, and whether half the budget would rank them otherwise than the whole.

import { midRanks } from '@gaussmark/statistics';
import { CLOCKS, type Clock } from './clock.js';
import { type Contest, finishedOf } from './contest.js';
import type { RunGroup } from './groups.js';
import type { Held } from './held.js';

export interface RankOverBudget {
  readonly clock: Clock;
  /** Shares of the budget, ascending; the last is 1. */
  readonly shares: readonly number[];
  /** In board order. */
  readonly lines: readonly {
    readonly name: string;
    readonly optimizer: string;
    /** Rank by mean test loss at the last evaluation so far; null before all have one. */
    readonly ranks: readonly (number | null)[];
  }[];
  /** The first at half the budget and at its end, if they differ. */
  readonly flip: { readonly half: string; readonly end: string } | null;
}

const SHARES = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
const HALF = SHARES.indexOf(0.5);
/** A run's last evaluation may come a step early. */
const SLACK = 1 + 1e-9;

/** The ranks of the best setting of every optimizer that finished; null with fewer than two, or evaluated only at the end. */
export function rankOverBudget(
  contest: Pick<Contest, 'entries'>,
  groups: ReadonlyMap<string, RunGroup>,
  held: Held,
): RankOverBudget | null {
  const finished = finishedOf(contest).map(({ row }) => groups.get(row.name)!);
  if (finished.length < 2) return null;
  const runs = finished.flatMap(({ counted }) => counted);
  const clock =
    held.clock ?? CLOCKS.find((each) => runs.every(({ curve }) => curve.at(-1)?.[each] !== undefined))!;
  const end = Math.max(...runs.map(({ curve }) => curve.at(-1)?.[clock] ?? 0));
  const losses = finished.map((group) => SHARES.map((share) => meanLossAt(group, clock, share * end)));
  const ranks = SHARES.map((_, k): readonly (number | null)[] => {
    const known = losses.map((own) => own[k]!);
    return known.some((loss) => loss === null) ? known.map(() => null) : midRanks(known as number[]);
  });
  if (ranks[HALF]!.includes(null)) return null;
  const firstAt = (k: number) => finished.find((_, o) => ranks[k]![o] === 1);
  const [half, last] = [firstAt(HALF), firstAt(SHARES.length - 1)];
  return {
    clock,
    shares: SHARES,
    lines: finished.map(({ name, optimizer }, o) => ({
      name,
      optimizer,
      ranks: ranks.map((own) => own[o]!),
    })),
    // A tie at the top is no flip.
    flip:
      half === undefined || last === undefined || half === last ? null : { half: half.name, end: last.name },
  };
}

/** Mean over the counted runs of the test loss at the last evaluation up to `at`; null if one has none. */
function meanLossAt({ counted }: RunGroup, clock: Clock, at: number): number | null {
  let sum = 0;
  for (const { curve } of counted) {
    const loss = curve.findLast((point) => (point[clock] ?? 0) <= at * SLACK)?.testLoss;
    if (loss == null) return null;
    sum += loss;
  }
  return sum / counted.length;
}
