// The verdict over all problems, in sentences: which optimizer, for what, how sure.

import { boardNames } from './board-names.js';
import type { Clock } from './clock.js';
import { finishedOf } from './contest.js';
import { formatNumber, formatQuantity } from './format.js';
import type { Leaderboard } from './leaderboard.js';
import { SEPARATION_WORDS, type Separation, seedsNeeded, separationReason } from './separation.js';
import type { SpeedupSet, Standings } from './standings.js';

/** What a speedup is measured in. */
const MEASURES: Readonly<Record<SpeedupSet['clock'], string>> = {
  seconds: 'Training time',
  gradientEquivalents: 'Work',
};

/** Names or problems listed in one sentence. */
const MOST_LISTED = 6;

/** One sentence per measure, then one on single problems; empty for a report of one problem. */
export function overallVerdict(
  standings: Standings | null,
  boards: readonly Pick<Leaderboard, 'problem' | 'title' | 'contest'>[],
): string[] {
  return [
    ...(standings === null ? [] : standings.speedups.map((set) => speedupSentence(set, standings))),
    ...(standings?.difference == null ? [] : [differenceSentence(standings.difference)]),
    ...(boards.length < 2 ? [] : boardSentences(boards)),
  ];
}

/** `Training time to the targets: kfac is first; sgd needs 2.31 [1.40, 3.80] times as much ...: clear lead (8 problems, ...).` */
function speedupSentence({ clock, rows }: SpeedupSet, { reference }: Standings): string {
  const best = rows.find(({ mean }) => mean !== null)!;
  const { value, low, high, count } = best.mean!;
  const ahead = value >= 1;
  const [first, next] = ahead ? [best.optimizer, reference] : [reference, `${best.optimizer}, the next,`];
  const limits = ahead || low === null || high === null ? [low, high] : [1 / high, 1 / low];
  const interval = limits[0] === null ? '' : ` [${limits.map((limit) => factor(limit!)).join(', ')}]`;
  const mean = `geometric mean over ${formatQuantity(count, 'problem')}`;
  return `${MEASURES[clock]} to the targets: ${first} is first; ${next} needs ${factor(ahead ? value : 1 / value)}${interval} times as much (${mean}): ${SEPARATION_WORDS[best.separation]} (${separationReason(best.evidence, 'problem')}).`;
}

const factor = (value: number): string => formatNumber(value, 3);

/** Who leads by mean rank, and who is not separated from it. */
function differenceSentence({
  optimizers,
  order,
  bars,
  pairs,
  problems,
}: NonNullable<Standings['difference']>): string {
  const names = order.map(({ index }) => optimizers[index]!);
  const first = bars.find(({ from }) => from === 0);
  const rest = first === undefined ? [] : names.slice(1, first.to + 1);
  const lead = `Final test loss over ${formatQuantity(problems, 'problem')}: ${names[0]} has the best mean rank (${formatNumber(order[0]!.rank, 3)} of ${names.length})`;
  const needed = seedsNeeded(pairs.length);
  const few = problems < needed ? `; at least ${needed} problems are needed to separate anyone` : '';
  return rest.length === 0
    ? `${lead}, separated from all others.`
    : `${lead}, not separated from ${rest.length === names.length - 1 ? 'any other' : listed(rest)}${few}.`;
}

/** `Final test loss, problem by problem: sgn has a clear lead on boston, mnist; ...` */
function boardSentences(boards: readonly Pick<Leaderboard, 'problem' | 'title' | 'contest'>[]): string[] {
  const judged = boards.filter(({ contest }) => contest.evidence !== null);
  if (judged.length === 0) return [];
  const nameOf = boardNames(boards);
  const of = (separation: Separation) => judged.filter(({ contest }) => contest.verdict === separation);
  const leads = (['clear', 'leading'] as const).flatMap((separation) => {
    const byWinner = new Map<string, string[]>();
    for (const { contest, ...board } of of(separation)) {
      const { optimizer } = finishedOf(contest)[0]!.row;
      byWinner.set(optimizer, [...(byWinner.get(optimizer) ?? []), nameOf(board)]);
    }
    return [...byWinner].map(
      ([optimizer, names]) =>
        `${optimizer} ${separation === 'clear' ? 'has a clear lead' : `${SEPARATION_WORDS.leading},`} on ${listed(names)}`,
    );
  });
  const open = of('open').map(nameOf);
  const parts = [
    ...leads,
    ...(open.length === 0 ? [] : [`the first two are not separated on ${listed(open)}`]),
  ];
  return [`Final test loss, problem by problem: ${parts.join('; ')}.`];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}

/** The clocks of speedups, for tables. */
export const measureOf = (clock: Extract<Clock, SpeedupSet['clock']>): string => MEASURES[clock];
