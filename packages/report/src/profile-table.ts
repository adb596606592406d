// Performance profiles and their scores as tables of texts.

import type { MeanRank, ProfileEntry, ProfileSet, Profiles } from '@gaussmark/analysis';
import { CLOCK_WORDS, formatFactor, formatNumber } from '@gaussmark/analysis/words';
import { ALGOPERF_MAX_RATIO } from '@gaussmark/statistics';
import {
  type ColumnOf,
  estimateCell,
  numberCell,
  type TextCell,
  type TextTable,
  textCell,
  textTable,
} from './text-table.js';

/** The scores of the optimizers on every clock, with their mean ranks: one row each. */
export function scoreTable({ sets, ranks }: Profiles): TextTable {
  const own = sets.filter(({ unit }) => unit === 'optimizer');
  const names = own[0]?.entries.map(({ name }) => name) ?? [];
  const columns: readonly ColumnOf<string>[] = [
    { title: 'optimizer', align: 'left', names: true, cell: (name) => textCell(name) },
    ...own.map(
      ({ clock, entries }): ColumnOf<string> => ({
        title: `score in ${CLOCK_WORDS[clock]}`,
        align: 'right',
        cell: (name) => scoreCell(entries.find((entry) => entry.name === name)!),
      }),
    ),
    { title: 'mean rank', align: 'right', cell: (name) => rankCell(ranks, name) },
    {
      title: 'first %',
      align: 'right',
      explanation: 'Share of the resamples of the seeds in which its mean rank is the best',
      cell: (name) => {
        const share = ranks.find((rank) => rank.name === name)?.firstShare;
        return numberCell(share, (value) => formatNumber(100 * value));
      },
    },
  ];
  return textTable(columns, names);
}

const scoreCell = ({ score }: ProfileEntry): TextCell =>
  estimateCell(score, (value) => (value === 0 ? '0' : value.toFixed(2)));

const rankCell = (ranks: readonly MeanRank[], name: string): TextCell =>
  estimateCell(ranks.find((rank) => rank.name === name)?.rank ?? null, (value) => formatNumber(value, 3));

/** A set as a table: the score, then the time over the fastest on each problem. */
export function profileTable({ problems }: Profiles, { unit, entries }: ProfileSet): TextTable {
  const columns: readonly ColumnOf<ProfileEntry>[] = [
    { title: unit, align: 'left', names: true, cell: ({ name }) => textCell(name) },
    {
      title: 'score',
      align: 'right',
      explanation: `Area under the profile from ratio 1 to ${ALGOPERF_MAX_RATIO}: 1 is the fastest everywhere, 0 is never within ${ALGOPERF_MAX_RATIO} times the best`,
      cell: scoreCell,
    },
    ...problems.map(
      ({ title }, index): ColumnOf<ProfileEntry> => ({
        title,
        align: 'right',
        explanation: 'Median time to the target over that of the fastest',
        cell: ({ ratios }) => {
          const ratio = ratios[index]!;
          return textCell(ratio === null ? 'missed' : formatFactor(ratio), { key: ratio });
        },
      }),
    ),
  ];
  return textTable(columns, entries);
}

/** How to read the profiles, and what was left out. */
export function profileNotes({ problems, without, sets, settingsLeftOut, resamples }: Profiles): string[] {
  const derived = problems.filter(({ target }) => target.origin === 'derived').map(({ title }) => title);
  const settings = sets.some(({ unit }) => unit === 'setting');
  return [
    `Share of the problems whose target an optimizer reached within a factor of the fastest (Dolan and Moré); the score is the area under it up to ${ALGOPERF_MAX_RATIO} (AlgoPerf): a target that was missed counts as infinitely slow. Times are medians over seeds.`,
    `Each optimizer runs with its best setting on each problem, chosen by the final test loss of these very runs${settings ? '; single settings are compared too where they ran on all problems' : ''}.`,
    ...(derived.length === 0
      ? []
      : [
          `No target was stated for ${derived.join(', ')}: theirs is the test loss that every seed of the runner-up ended at or below, which the runner-up reaches by construction.`,
        ]),
    ...(without.length === 0 ? [] : [`Without a target, and left out: ${without.join(', ')}.`]),
    ...(settingsLeftOut === 0
      ? []
      : [`${settingsLeftOut} settings ran on all problems, too many to tell apart in one figure.`]),
    `Bands and intervals: seeds of every optimizer and problem redrawn (95 %, ${resamples} resamples); the problems are taken as given.`,
  ];
}
