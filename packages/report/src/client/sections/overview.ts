// Who is ahead where: a card per problem with the best of each optimizer.

import type { Leaderboard, LeaderboardRow } from '@gaussmark/analysis';
import {
  CLOCK_WORDS,
  type Clock,
  type ContestEntry,
  endWords,
  formatPercent,
  formatStatuses,
  goalWords,
  STARTS_WORDS,
  VERDICT_WORDS,
  type Verdict,
} from '@gaussmark/analysis/words';
import type { NotedTable, PageProblem } from '../../page-data.js';
import { timeCell } from '../../time-cell.js';
import { createChart } from '../chart.js';
import { contestChart, contestHeight, lanesOf } from '../charts/contest.js';
import { anchorOf, breakable, element } from '../dom.js';
import { estimateCell } from '../estimate.js';
import { overflowBox } from '../overflow.js';
import type { ColoursOf } from '../palette.js';
import { notesList, textTableElement } from '../text-table.js';

/** Only a clear lead at equal work is good news. */
const lookOf = (verdict: Verdict, badge: string) =>
  verdict === 'clear' && badge === VERDICT_WORDS.clear ? 'good' : 'neutral';

export function overview(
  problems: readonly PageProblem[],
  contests: NotedTable | null,
  coloursOf: ColoursOf,
): HTMLElement {
  return element(
    'section',
    { id: 'overview', 'aria-labelledby': 'overview-title' },
    element('h2', { id: 'overview-title' }, 'Who is ahead where'),
    element(
      'p',
      { class: 'hint' },
      'Each card says what was held equal. Final test loss, further left is better: one dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. “Reaches” is the training it took to the target, in the median of the seeds.',
    ),
    element('div', { class: 'cards' }, ...problems.map((problem, index) => card(problem, index, coloursOf))),
    ...(contests === null
      ? []
      : [
          element('h3', {}, 'Best against runner-up'),
          textTableElement('Best optimizer against the next, by problem', contests.table, { pageSize: 30 }),
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
      contest.entries.length === 0
        ? null
        : overflowBox(
            element(
              'div',
              { class: 'table-scroll', role: 'region', 'aria-label': `Best settings on ${board.title}` },
              bestOfEach(board),
            ),
          ),
      board.starts === 'shared' ? element('p', { class: 'hint' }, STARTS_WORDS.shared) : null,
    ),
    lanes === 0
      ? null
      : createChart(
          {
            description: `Test loss on ${board.title} by optimizer. ${verdict}`,
            height: contestHeight(lanes),
            build: (style) => contestChart(board, style),
          },
          coloursOf,
        ).element,
  );
}

function bestOfEach({ contest: { entries }, target, held }: Leaderboard): HTMLElement {
  const accuracies = entries.some(({ row }) => row.testAccuracy !== null);
  const head = [
    'Best setting',
    'Test loss',
    ...(accuracies ? ['Accuracy'] : []),
    ...(target === null ? [] : [`Reaches ${goalWords(target.goals)}`]),
  ];
  const right = (content: string | Node) => element('td', { class: 'right' }, content);
  return element(
    'table',
    { class: 'compact' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...head.map((title, index) =>
          element('th', { scope: 'col', class: index > 0 ? 'right' : 'left' }, title),
        ),
      ),
    ),
    element(
      'tbody',
      {},
      ...entries.map(({ row, reached }) =>
        element(
          'tr',
          {},
          element('td', { class: 'name' }, breakable(row.name)),
          right(row.outcome === 'finished' ? lossCell(row) : statusOf(row)),
          ...(accuracies
            ? [right(row.testAccuracy === null ? '' : `${formatPercent(row.testAccuracy.value)} %`)]
            : []),
          ...(target === null ? [] : [right(reachCell(row, reached, held.fair ? held.clock : null))]),
        ),
      ),
    ),
  );
}

/** The mean loss, with the ends of the seeds that are not in it. */
function lossCell(row: LeaderboardRow): string | Node {
  const cell = estimateCell(row.testLoss);
  if (row.testLoss?.count === row.runs) return cell;
  return element('span', {}, cell, ' ', statusOf(row, formatStatuses(row.statuses)));
}

const statusOf = (row: LeaderboardRow, words = endWords(row)): HTMLElement =>
  element('span', { class: `status ${row.outcome === 'finished' ? 'interrupted' : row.outcome}` }, words);

/** What the target took: on the clock that was held equal, if that was work, and in seconds; where none got there, why. */
function reachCell(
  row: LeaderboardRow,
  reached: ContestEntry['reached'],
  clock: Clock | null,
): string | Node {
  if (row.outcome !== 'finished') return endWords(row);
  if (reached === null || reached.reached === 0) return 'not reached';
  const { times, runs } = reached;
  const first = clock === 'gradientEquivalents' ? clock : 'iterations';
  const { text, interval } = timeCell('seconds', times.seconds);
  const work = `${timeCell(first, times[first]).text} ${first === 'iterations' ? 'steps' : CLOCK_WORDS[first]}`;
  const some = reached.reached < runs ? `${reached.reached} of ${runs} seeds` : null;
  return element(
    'span',
    { class: 'estimate' },
    `${work}, ${text}`,
    element('span', { class: 'interval' }, [interval, some].filter((part) => part).join(', ')),
  );
}
