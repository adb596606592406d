// The comparison with published results as a table.

import type {
  Agreement,
  Comparison,
  ReproducedConfiguration,
  Reproduction,
  Spread,
} from '@gaussmark/analysis';
import {
  type ColumnOf,
  formatFactor,
  formatNumber,
  formatPercent,
  NOTHING,
  nameColumn,
  numberCell,
  numberColumn,
  type TextCell,
  type TextTable,
  textCell,
  textColumn,
  textTable,
} from '@gaussmark/analysis/words';

export const AGREEMENT_WORDS: Readonly<Record<Agreement, string>> = {
  agree: 'agree',
  near: 'agree (2 sd)',
  differ: 'differ',
};

const losses = (value: number): string => formatNumber(value, 4);

const columnsOf = ({ baseline = 'baseline' }: Reproduction): ColumnOf<ReproducedConfiguration>[] => [
  nameColumn('configuration', ({ name }) => name),
  numberColumn(
    'seeds',
    ({ seeds, diverged }) => textCell(`${seeds} / ${diverged.publishedSeeds}`, { key: seeds }),
    'Runs here / published',
  ),
  numberColumn(
    'diverged',
    ({ diverged, sameEnd }) =>
      textCell(`${diverged.here} / ${diverged.published}`, {
        key: diverged.here,
        ...(sameEnd === false && { tone: 'bad' }),
      }),
    'Runs that diverged, here / published',
  ),
  numberColumn(
    'first epoch',
    ({ first }) => pairCell(first, losses),
    'Train loss after the first epoch, here / published',
  ),
  textColumn('', ({ first }) => agreementCell(first), '', { under: 'first epoch' }),
  numberColumn(
    'epoch',
    ({ last, complete }) => numberCell(last?.epoch, (epoch) => `${epoch}${complete ? '*' : ''}`),
    'The last epoch that both have; * if the published runs ended there',
  ),
  numberColumn(
    'train loss',
    ({ last }) => pairCell(last, losses),
    'At that epoch, here / published, with the standard deviation over seeds',
  ),
  textColumn('', ({ last }) => agreementCell(last), '', { under: 'train loss' }),
  numberColumn(
    'test',
    ({ test }) => pairCell(test, test?.quantity === 'testAccuracy' ? formatPercent : losses),
    'At the end of the published runs: test loss, or accuracy in %, here / published',
  ),
  textColumn('', ({ test }) => agreementCell(test), '', { under: 'test' }),
  numberColumn(
    `step / ${baseline} step`,
    ({ relativeStep: { here, published } }) =>
      textCell(`${formatFactor(here)} / ${formatFactor(published)}`, { key: here }),
    'Time of a step relative to the mean of the baseline’s, here / published',
  ),
];

export const reproductionTable = (reproduction: Reproduction): TextTable =>
  textTable(columnsOf(reproduction), reproduction.configurations);

/** Counts of agreement over all rows. */
export function reproductionTally(all: readonly Reproduction[]): Readonly<Record<Agreement, number>> {
  const tally = { agree: 0, near: 0, differ: 0 };
  for (const { first, last, test, sameEnd } of all.flatMap(({ configurations }) => configurations)) {
    for (const comparison of [first, last, test]) if (comparison !== null) tally[comparison.agreement] += 1;
    if (sameEnd !== null) tally[sameEnd ? 'agree' : 'differ'] += 1;
  }
  return tally;
}

export const reproductionRemarks = (reproduction: Reproduction): string[] =>
  [
    costSentence(reproduction),
    reproduction.note,
    reproduction.missing.length === 0
      ? null
      : `Published but not run here: ${reproduction.missing.join(', ')}.`,
  ].filter((remark) => remark !== null);

/** `A step with n CG iterations costs 1.1 + 0.62 n sgd steps here, 1.3 + 1.0 n as published.`; null without both lines. */
export function costSentence({
  baseline,
  iteration,
  cost: { here, published },
}: Reproduction): string | null {
  if (here === null || published === null) return null;
  const line = ({ base, perIteration }: { base: number; perIteration: number }) =>
    `${formatNumber(base)} + ${formatNumber(perIteration)} n`;
  return `A step with n ${iteration.many} costs ${line(here)} ${baseline} steps here, ${line(published)} as published.`;
}

/** `0.7312 ± 0.0051 / 0.7290`: here and as published. */
function pairCell(comparison: Comparison | null, format: (value: number) => string): TextCell {
  const mean = ({ mean, deviation }: Spread) =>
    deviation === null ? format(mean) : `${format(mean)} ± ${format(deviation)}`;
  if (comparison === null) return textCell(NOTHING, { key: null });
  const { here, published } = comparison;
  return textCell(`${mean(here)} / ${mean(published)}`, { key: here.mean });
}

function agreementCell(comparison: Comparison | null): TextCell {
  if (comparison === null) return textCell('');
  const { agreement, difference } = comparison;
  if (agreement !== 'differ') {
    return textCell(AGREEMENT_WORDS[agreement], agreement === 'agree' ? { tone: 'good' } : {});
  }
  const percent = `${difference > 0 ? '+' : '−'}${formatNumber(Math.abs(100 * difference), 2)} %`;
  return textCell(`differ (${percent})`, { tone: 'bad' });
}
