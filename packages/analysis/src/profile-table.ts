// Performance profiles and their scores as tables.

import { ALGOPERF_MAX_RATIO } from '@gaussmark/statistics';
import { CLOCK_WORDS } from './clock.js';
import { formatFactor, formatNumber } from './format.js';
import type { MeanRank, ProfileEntry, ProfileSet, Profiles } from './profiles.js';
import {
  type ColumnOf,
  estimateCell,
  nameColumn,
  numberCell,
  numberColumn,
  type TextCell,
  type TextTable,
  textCell,
  textTable,
} from './text-table.js';

/** One row per optimizer: its score on every clock and its mean rank. */
export function scoreTable({ sets, ranks }: Profiles): TextTable {
  const own = sets.filter(({ unit }) => unit === 'optimizer');
  const names = own[0]?.entries.map(({ name }) => name) ?? [];
  const columns: readonly ColumnOf<string>[] = [
    nameColumn('optimizer', (name) => name),
    ...own.map(
      ({ clock, entries }): ColumnOf<string> =>
        numberColumn(`score in ${CLOCK_WORDS[clock]}`, (name) =>
          scoreCell(entries.find((entry) => entry.name === name)!),
        ),
    ),
    numberColumn('mean rank', (name) => rankCell(ranks, name)),
    numberColumn(
      'first %',
      (name) => {
        const share = ranks.find((rank) => rank.name === name)?.firstShare;
        return numberCell(share, (value) => formatNumber(100 * value));
      },
      'Share of seed resamples in which its mean rank is best',
    ),
  ];
  return textTable(columns, names);
}

const scoreCell = ({ score }: ProfileEntry): TextCell =>
  estimateCell(score, (value) => (value === 0 ? '0' : value.toFixed(2)));

const rankCell = (ranks: readonly MeanRank[], name: string): TextCell =>
  estimateCell(ranks.find((rank) => rank.name === name)?.rank ?? null, (value) => formatNumber(value, 3));

/** One row per optimizer or setting: its score, and its time relative to the fastest on each problem. */
export function profileTable({ problems }: Profiles, { unit, entries }: ProfileSet): TextTable {
  const columns: readonly ColumnOf<ProfileEntry>[] = [
    nameColumn(unit, ({ name }) => name),
    numberColumn(
      'score',
      scoreCell,
      `Area under the profile from ratio 1 to ${ALGOPERF_MAX_RATIO}: 1 means fastest everywhere; 0, never within ${ALGOPERF_MAX_RATIO} times the fastest`,
    ),
    ...problems.map(
      ({ title }, index): ColumnOf<ProfileEntry> =>
        numberColumn(
          title,
          ({ ratios }) => {
            const ratio = ratios[index]!;
            return textCell(ratio === null ? 'missed' : formatFactor(ratio), { key: ratio });
          },
          'Median time to target relative to the fastest',
        ),
    ),
  ];
  return textTable(columns, entries);
}

/** How to read the profiles, and what they exclude. */
export function profileNotes({ problems, without, sets, settingsLeftOut, resamples }: Profiles): string[] {
  const derived = problems.filter(({ target }) => target.origin === 'derived').map(({ title }) => title);
  const settings = sets.some(({ unit }) => unit === 'setting');
  return [
    `A profile is the share of problems whose target an optimizer reaches within a factor of the fastest (Dolan and Moré). The score is the area under it up to a factor of ${ALGOPERF_MAX_RATIO} (AlgoPerf). A missed target counts as infinitely slow. Times are medians over seeds.`,
    `Each optimizer competes with its best setting on each problem, selected on the final test loss of these runs.${settings ? ' Settings that ran on every problem are also compared individually.' : ''}`,
    ...(derived.length === 0
      ? []
      : [
          `No target was stated for ${derived.join(', ')}. Theirs is the test loss that every seed of the runner-up ended at or below, so the runner-up reaches it by construction.`,
        ]),
    ...(without.length === 0 ? [] : [`Excluded for lack of a target: ${without.join(', ')}.`]),
    ...(settingsLeftOut === 0
      ? []
      : [`${settingsLeftOut} settings ran on every problem: too many to tell apart in one figure.`]),
    `Bands and intervals are at 95 %, from ${resamples} bootstrap resamples of the seeds; problems are not resampled.`,
  ];
}
