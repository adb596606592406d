// What else a board's curves say of its order: rank flips, exchange rates, biased first crossings.

import { exchangeRate, firstCrossings } from '@gaussmark/statistics';
import { CLOCK_WORDS } from './clock.js';
import { type Contest, finishedOf } from './contest.js';
import { formatNumber } from './format.js';
import type { RunGroup } from './groups.js';
import type { RankOverBudget } from './rank-over-budget.js';
import type { ProblemTarget } from './targets.js';

/** Biases of first crossings from this share on are mentioned. */
const NOTABLE_BIAS = 0.05;

interface Curves {
  /** Evaluated in all runs. */
  readonly steps: readonly number[];
  /** Test losses there, by run. */
  readonly losses: readonly (readonly number[])[];
}

/** One sentence for each thing worth a remark. */
export function remarksOf(
  contest: Contest,
  groups: ReadonlyMap<string, RunGroup>,
  target: ProblemTarget | null,
  ranks: RankOverBudget | null,
): string[] {
  return [
    ...flipRemark(ranks),
    ...exchangeRemark(contest, groups),
    ...crossingRemark(contest, groups, target),
  ];
}

function flipRemark(ranks: RankOverBudget | null): string[] {
  if (ranks?.flip == null) return [];
  const { clock, flip } = ranks;
  return [
    `The order depends on the budget: at half of it in ${CLOCK_WORDS[clock]}, ${flip.half} ranks first; at its end, ${flip.end}. Compare at the end of the schedule only.`,
  ];
}

/** `The lead of 0.003 in test loss is worth 4 % of sgd's steps ...`: at the slope of the runner-up's mean curve. */
function exchangeRemark(contest: Contest, groups: ReadonlyMap<string, RunGroup>): string[] {
  const [first, second] = finishedOf(contest);
  if (contest.evidence === null || first === undefined || second === undefined) return [];
  const difference = second.row.testLoss!.value - first.row.testLoss!.value;
  const curves = commonCurves(groups.get(second.row.name)!);
  if (curves.steps.length < 3 || difference <= 0) return [];
  const means = curves.steps.map(
    (_, k) => curves.losses.reduce((sum, own) => sum + own[k]!, 0) / curves.losses.length,
  );
  const { worth } = exchangeRate(curves.steps, means, difference);
  if (worth === null) return [];
  const amount = worth.share > 1 ? 'more than all' : `about ${formatNumber(100 * worth.share, 2)} %`;
  return [
    `The lead of ${formatNumber(difference, 2)} in test loss is worth ${amount} of the steps of ${second.row.name}, at the slope of the last fifth of its mean curve.`,
  ];
}

/** Settings whose seeds meet a target on the test loss earlier, or later, than their mean curve does. */
function crossingRemark(
  contest: Contest,
  groups: ReadonlyMap<string, RunGroup>,
  target: ProblemTarget | null,
): string[] {
  const goal = target?.goals.testLoss;
  if (goal === undefined || Object.keys(target!.goals).length > 1) return [];
  const biased = finishedOf(contest).flatMap(({ row: { name } }) => {
    const { steps, losses } = commonCurves(groups.get(name)!);
    if (steps.length === 0 || losses.length < 2) return [];
    const { bias } = firstCrossings(steps, losses, goal);
    return bias !== null && Math.abs(bias) >= NOTABLE_BIAS ? [{ name, bias }] : [];
  });
  if (biased.length === 0) return [];
  const words = biased.map(
    ({ name, bias }) =>
      `${name} (${formatNumber(100 * Math.abs(bias), 2)} % ${bias < 0 ? 'earlier' : 'later'})`,
  );
  return [
    `Single seeds first reach the target at other steps than the mean curve: ${words.join(', ')}. Noise makes first crossings early.`,
  ];
}

/** The evaluations that all counted runs have with a finite loss, after at least one step. */
function commonCurves({ counted }: RunGroup): Curves {
  const byStep = counted.map(
    ({ curve }) =>
      new Map(
        curve.flatMap(({ iterations, testLoss }) =>
          iterations > 0 && testLoss !== null ? [[iterations, testLoss]] : [],
        ),
      ),
  );
  const steps = [...(byStep[0]?.keys() ?? [])].filter((step) => byStep.every((own) => own.has(step)));
  return { steps, losses: byStep.map((own) => steps.map((step) => own.get(step)!)) };
}
