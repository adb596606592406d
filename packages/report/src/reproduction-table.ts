// The comparison with published results as a table of texts, for Markdown and for the page. Cells are untrusted text.

import type {
  Agreement,
  Comparison,
  ReproducedConfiguration,
  Reproduction,
  Spread,
} from '@gaussmark/analysis';
import { formatFactor, formatNumber, formatPercent, NOTHING } from '@gaussmark/analysis/words';
import type { TextColumn } from './text-table.js';

/** One configuration; a cell for each column, and the agreement that a cell states, if it states one. */
export interface ReproductionRow {
  readonly name: string;
  readonly cells: readonly { readonly text: string; readonly agreement: Agreement | null }[];
}

export const AGREEMENT_WORDS: Readonly<Record<Agreement, string>> = {
  agree: 'agree',
  near: 'agree (2 sd)',
  differ: 'differ',
};

export const REPRODUCTION_COLUMNS: readonly TextColumn[] = [
  { title: 'configuration', align: 'left' },
  { title: 'seeds', align: 'right', explanation: 'Runs here / published' },
  { title: 'diverged', align: 'right', explanation: 'Runs that diverged, here / published' },
  { title: 'first epoch', align: 'right', explanation: 'Train loss after the first epoch, here / published' },
  { title: '', align: 'left' },
  {
    title: 'epoch',
    align: 'right',
    explanation: 'The last epoch that both have; * where the published runs ended',
  },
  {
    title: 'train loss',
    align: 'right',
    explanation: 'At that epoch, here / published, with the standard deviation over seeds',
  },
  { title: '', align: 'left' },
  {
    title: 'test',
    align: 'right',
    explanation: 'Where the published runs ended: test loss or accuracy in %, here / published',
  },
  { title: '', align: 'left' },
  {
    title: 'step / SGD step',
    align: 'right',
    explanation: 'Time of a step over the mean of the baseline’s, here / published',
  },
];

export function reproductionRows({ configurations }: Reproduction): ReproductionRow[] {
  return configurations.map((configuration) => ({ name: configuration.name, cells: cellsOf(configuration) }));
}

/** What all rows come to: `agree 12, agree (2 sd) 3, differ 1`. */
export function reproductionTally(all: readonly Reproduction[]): Readonly<Record<Agreement, number>> {
  const tally = { agree: 0, near: 0, differ: 0 };
  for (const { first, last, test, sameEnd } of all.flatMap(({ configurations }) => configurations)) {
    for (const comparison of [first, last, test]) if (comparison !== null) tally[comparison.agreement] += 1;
    if (sameEnd !== null) tally[sameEnd ? 'agree' : 'differ'] += 1;
  }
  return tally;
}

/** `An SGN step costs 1.1 + 0.62 n SGD steps here, 1.3 + 1.0 n as published.`; null if either line is missing. */
export function costSentence({ cost: { here, published } }: Reproduction): string | null {
  if (here === null || published === null) return null;
  const line = ({ base, perIteration }: { base: number; perIteration: number }) =>
    `${formatNumber(base)} + ${formatNumber(perIteration)} n`;
  return `A step with n CG iterations costs ${line(here)} SGD steps here, ${line(published)} as published.`;
}

function cellsOf(row: ReproducedConfiguration): ReproductionRow['cells'] {
  const { first, last, test, diverged, seeds, sameEnd, complete, relativeStep } = row;
  const plain = (text: string) => ({ text, agreement: null });
  const accuracy = test?.quantity === 'testAccuracy';
  return [
    plain(row.name),
    plain(`${seeds} / ${diverged.publishedSeeds}`),
    {
      text: `${diverged.here} / ${diverged.published}`,
      agreement: sameEnd === false ? ('differ' as const) : null,
    },
    plain(pair(first, (value) => formatNumber(value, 4))),
    verdict(first),
    plain(last === null ? NOTHING : `${last.epoch}${complete ? '*' : ''}`),
    plain(pair(last, (value) => formatNumber(value, 4))),
    verdict(last),
    plain(pair(test, accuracy ? (value) => formatPercent(value) : (value) => formatNumber(value, 4))),
    verdict(test),
    plain(`${formatFactor(relativeStep.here)} / ${formatFactor(relativeStep.published)}`),
  ];
}

function pair(comparison: Comparison | null, format: (value: number) => string): string {
  if (comparison === null) return NOTHING;
  const show = ({ mean, deviation }: Spread) =>
    deviation === null ? format(mean) : `${format(mean)} ± ${format(deviation)}`;
  return `${show(comparison.here)} / ${show(comparison.published)}`;
}

function verdict(comparison: Comparison | null): ReproductionRow['cells'][number] {
  if (comparison === null) return { text: '', agreement: null };
  const { agreement, difference } = comparison;
  const percent = `${difference > 0 ? '+' : '−'}${formatNumber(Math.abs(100 * difference), 2)} %`;
  return {
    text: agreement === 'differ' ? `differ (${percent})` : AGREEMENT_WORDS[agreement],
    agreement,
  };
}
