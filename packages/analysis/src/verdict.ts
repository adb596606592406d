// Who is ahead on a problem, in words: a badge and a sentence for every outcome.

import type { Contest, ContestEntry, Verdict } from './contest.js';
import { finishedOf, unfinishedOf } from './contest.js';
import { formatNumber, formatPercent, formatRatio, formatStatuses } from './format.js';
import type { Leaderboard } from './leaderboard.js';
import type { LeaderboardRow } from './leaderboard-row.js';
import { SEPARATION_WORDS, separationReason } from './separation.js';
import type { Range } from './statistics.js';
import { goalWords } from './target-words.js';

/** Factor from which unequal work is mentioned. */
export const UNEQUAL = 1.1;
/** Largest factor between two losses that is given as a percentage. */
const MOST_PERCENT = 2;
/** Digits of losses in a sentence: enough to distinguish them. */
const DIGITS = [3, 4, 5, 6];

/** A verdict in two or three words. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ...SEPARATION_WORDS,
  equal: 'equal',
  'seeds-lost': 'seeds lost',
  stopped: 'stopped at the target',
  unranked: 'not ranked',
  alone: 'one optimizer',
  only: 'one finished',
  none: 'none finished',
  unmeasured: 'no test loss',
  empty: 'nothing run',
};

/** The verdict as a badge, with a mention of unequal work. */
export function badgeOf({ contest, held }: Pick<Leaderboard, 'contest' | 'held'>): string {
  const words = VERDICT_WORDS[contest.verdict];
  return contest.evidence !== null && !held.fair && unequal(contest) ? `${words}, unequal work` : words;
}

const unequal = ({ work }: Contest): boolean =>
  work !== null && Math.max(work.ratio, 1 / work.ratio) >= UNEQUAL;

/** The quantity held equal, the final losses, and whether the seeds settle the order. */
export function verdictOf(board: Leaderboard): string {
  const { contest, held } = board;
  const ends = sentence(board);
  const lost = lostWords(contest);
  const whole = lost === '' ? ends : `${ends}; ${lost}`;
  const where = ['unranked', 'empty', 'stopped'].includes(contest.verdict) ? '' : held.words;
  const text = where === '' ? whole : `${where}: ${whole}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function sentence({ contest, unranked, target, rows, held }: Leaderboard): string {
  const [first, second] = finishedOf(contest);
  switch (contest.verdict) {
    case 'empty':
      return 'nothing was run';
    case 'none':
      return 'no optimizer finished';
    case 'unmeasured':
      return 'no test loss was measured';
    case 'unranked':
      return `not ranked: ${unranked}`;
    case 'stopped':
      return `runs stopped at their target${target?.origin === 'stated' ? ` (${goalWords(target.goals)})` : ''}: compare what they spent, not their final losses`;
    case 'alone':
      return `${first!.row.name} ends at a test loss of ${formatNumber(first!.row.testLoss!.value)}; ${rows.length > 1 ? 'the best setting of the only optimizer' : 'no other optimizer ran'}`;
    case 'only':
      return `${first!.row.name} ends at a test loss of ${formatNumber(first!.row.testLoss!.value)}; no other optimizer finished`;
    case 'equal':
      return `${first!.row.name} and ${second!.row.name} end at the same test loss, ${formatNumber(first!.row.testLoss!.value)}`;
    case 'seeds-lost':
      return `${first!.row.name} ranks first because ${seedsKept(second!.row)}, which ended lower (${endings(first!, second!)})`;
    case 'clear':
    case 'leading':
    case 'open':
      return `${endings(first!, second!)}${held.fair ? '' : workWords(contest)}: ${SEPARATION_WORDS[contest.verdict]} (${separationReason(contest.evidence!)})${accuracyWords(first!.row, second!.row)}`;
    default:
      return contest.verdict satisfies never;
  }
}

/** `sgn ends at a test loss of 0.249, 10 % below sgd (0.278)`: with the losses, as a ratio near zero means little. */
function endings({ row: first }: ContestEntry, { row: second }: ContestEntry): string {
  const [a, b] = [first.testLoss!.value, second.testLoss!.value];
  const digits = DIGITS.find((count) => formatNumber(a, count) !== formatNumber(b, count)) ?? DIGITS.at(-1)!;
  const ending = `${first.name} ends at a test loss of ${formatNumber(a, digits)}`;
  if (!(a > 0 && b > a && b <= MOST_PERCENT * a))
    return `${ending}, ${second.name} at ${formatNumber(b, digits)}`;
  return `${ending}, ${formatNumber(100 * (1 - a / b), 2)} % below ${second.name} (${formatNumber(b, digits)})`;
}

/** `, the first with 7.2 times the work`; empty for similar work. */
function workWords(contest: Contest): string {
  if (!unequal(contest)) return '';
  const { clock, ratio } = contest.work!;
  const what = clock === 'seconds' ? 'training time' : 'work';
  return `, the first with ${formatRatio(ratio)} times the ${what}`;
}

/** A remark if accuracies order the two differently. */
function accuracyWords(first: LeaderboardRow, second: LeaderboardRow): string {
  const [a, b] = [first.testAccuracy?.value, second.testAccuracy?.value];
  if (a === undefined || b === undefined || formatPercent(a) === formatPercent(b) || a > b) return '';
  return `, though ${second.name} has the higher accuracy (${formatPercent(b)} % against ${formatPercent(a)} %)`;
}

/** `sgd kept 2 of 3 seeds` */
const seedsKept = ({ name, testLoss, runs }: LeaderboardRow): string =>
  `${name} kept ${testLoss!.count} of ${runs} seeds`;

/** The optimizers without a result: `adam diverged at step 12; kfac was skipped`. */
function lostWords(contest: Contest): string {
  const { skipped } = contest;
  return [
    ...unfinishedOf(contest).map(({ row }) => `${row.optimizer} ${endWords(row)}`),
    ...(skipped.length === 0
      ? []
      : [`${skipped.join(', ')} ${skipped.length === 1 ? 'was' : 'were'} skipped`]),
  ].join('; ');
}

const ENDS: Readonly<Record<string, string>> = {
  failed: 'failed',
  'out-of-memory': 'ran out of memory',
  skipped: 'was skipped',
  timeout: 'timed out',
  cancelled: 'was stopped',
};

/** How an unfinished setting ended: `diverged at step 117`, `failed`, `2/3 diverged, 1/3 failed`. */
export function endWords({ statuses, divergedAt }: Pick<LeaderboardRow, 'statuses' | 'divergedAt'>): string {
  const [status, ...others] = Object.keys(statuses);
  if (status === undefined || others.length > 0) return `did not finish (${formatStatuses(statuses)})`;
  if (status === 'diverged' && divergedAt !== null) return `diverged ${stepWords(divergedAt)}`;
  return ENDS[status] ?? status;
}

const stepWords = ({ min, max }: Range): string =>
  min === max ? `at step ${min}` : `at steps ${min} to ${max}`;
