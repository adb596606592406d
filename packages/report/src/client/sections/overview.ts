// The overview: a card per problem with the best setting of each optimizer.

import type { Leaderboard, LeaderboardRow } from '@gaussmark/analysis';
import {
  CLOCK_WORDS,
  type Clock,
  type ColumnOf,
  type ContestEntry,
  endWords,
  estimateCell,
  formatPercent,
  formatStatuses,
  goalWords,
  type NotedTable,
  nameColumn,
  numberCell,
  numberColumn,
  STARTS_WORDS,
  type TextCell,
  textCell,
  textTable,
  VERDICT_WORDS,
  type Verdict,
} from '@gaussmark/analysis/words';
import type { PageProblem } from '../../page-data.js';
import { timeCell } from '../../time-cell.js';
import { contestChart, contestHeight, lanesOf } from '../charts/contest.js';
import { anchorOf, breakable, element } from '../dom.js';
import { chartElement, hint, notesList, section } from '../layout.js';
import type { ColoursOf } from '../palette.js';
import { tableElement } from '../table.js';

/** Only a clear lead at equal work is green. */
const lookOf = (verdict: Verdict, badge: string) =>
  verdict === 'clear' && badge === VERDICT_WORDS.clear ? 'good' : 'neutral';

export function overview(
  problems: readonly PageProblem[],
  contests: NotedTable | null,
  coloursOf: ColoursOf,
): HTMLElement {
  return section(
    'overview',
    'Overview',
    hint(
      'Each card states what was held equal. Its chart shows the final test loss, lower is better: one dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. “Reaches” is the median training needed to reach the target.',
    ),
    element('div', { class: 'cards' }, ...problems.map((problem, index) => card(problem, index, coloursOf))),
    ...(contests === null
      ? []
      : [
          element('h3', {}, contests.title),
          tableElement('Best optimizer against the next, by problem', contests, { pageSize: 30 }),
          notesList(contests.notes),
        ]),
  );
}

function card({ board, verdict, badge }: PageProblem, index: number, coloursOf: ColoursOf): HTMLElement {
  const { contest } = board;
  const lanes = lanesOf(board).length;
  return element(
    'article',
    { class: 'card' },
    element(
      'div',
      {},
      element(
        'header',
        {},
        element('h3', {}, element('a', { href: `#${anchorOf(index)}` }, breakable(board.title))),
        element('span', { class: `badge ${lookOf(contest.verdict, badge)}` }, badge),
      ),
      element('p', { class: 'verdict' }, breakable(verdict)),
      contest.entries.length === 0 ? null : bestOfEach(board),
      board.starts === 'shared' ? hint(STARTS_WORDS.shared) : null,
    ),
    lanes === 0
      ? null
      : chartElement(
          {
            description: `Test loss on ${board.title} by optimizer. ${verdict}`,
            height: contestHeight(lanes),
            build: (style) => contestChart(board, style),
          },
          coloursOf,
        ),
  );
}

/** The best setting of each optimizer. */
function bestOfEach({ contest: { entries }, target, held, title }: Leaderboard): HTMLElement {
  const columns: readonly ColumnOf<ContestEntry>[] = [
    nameColumn('best setting', ({ row }) => row.name),
    numberColumn('test loss', ({ row }) =>
      row.outcome === 'finished' ? estimateCell(row.testLoss) : textCell(endWords(row), { tone: 'bad' }),
    ),
    numberColumn(
      'lost',
      ({ row }) =>
        row.outcome !== 'finished' || row.testLoss?.count === row.runs
          ? textCell('')
          : textCell(formatStatuses(row.statuses), { tone: 'bad' }),
      '',
      { under: 'test loss' },
    ),
    numberColumn('accuracy', ({ row }) =>
      numberCell(row.testAccuracy?.value, (value) => `${formatPercent(value)} %`),
    ),
    numberColumn(target === null ? 'reaches' : `reaches ${goalWords(target.goals)}`, ({ row, reached }) =>
      target === null ? textCell('') : reachCell(row, reached, held.fair ? held.clock : null),
    ),
  ];
  return tableElement(`Best settings on ${title}`, textTable(columns, entries), { extraClass: 'compact' });
}

/** Time to target in steps, or in work if that was held equal, and in seconds; otherwise, why it was not reached. */
function reachCell(row: LeaderboardRow, reached: ContestEntry['reached'], clock: Clock | null): TextCell {
  if (row.outcome !== 'finished') return textCell(endWords(row), { key: null });
  if (reached === null || reached.reached === 0) return textCell('not reached', { key: null });
  const { times, runs } = reached;
  const first = clock === 'gradientEquivalents' ? clock : 'iterations';
  const { text, interval, key } = timeCell('seconds', times.seconds);
  const work = `${timeCell(first, times[first]).text} ${first === 'iterations' ? 'steps' : CLOCK_WORDS[first]}`;
  const some = reached.reached < runs ? `${reached.reached} of ${runs} seeds` : '';
  return { text: `${work}, ${text}`, interval: [interval, some].filter((part) => part).join(', '), key };
}
