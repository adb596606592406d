// Who wins where: a card per problem with the best of each optimizer.

import { formatPercent } from '../../format.js';
import type { Contest, ContestEntry, Leaderboard } from '../../leaderboard.js';
import type { NotedTable, PageProblem } from '../../page-data.js';
import { goalWords, timeCell } from '../../target-format.js';
import { type ColoursOf, createChart } from '../chart.js';
import { contestChart, contestHeight } from '../charts/contest.js';
import { anchorOf, element } from '../dom.js';
import { estimateCell } from '../estimate.js';
import { notesList, textTableElement } from '../text-table.js';

const VERDICTS: Readonly<Record<Contest['verdict'], { text: string; class: string }>> = {
  clear: { text: 'clear lead', class: 'good' },
  close: { text: 'too close to call', class: 'neutral' },
  unopposed: { text: 'unopposed', class: 'neutral' },
};

export function overview(
  problems: readonly PageProblem[],
  contests: NotedTable | null,
  coloursOf: ColoursOf,
): HTMLElement {
  return element(
    'section',
    { id: 'overview', 'aria-labelledby': 'overview-title' },
    element('h2', { id: 'overview-title' }, 'Who wins where'),
    element(
      'p',
      { class: 'hint' },
      'Final test loss, further left is better: one dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. “Reaches” is the training it took to the target, in the median of the seeds.',
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

function card({ board, verdict }: PageProblem, index: number, coloursOf: ColoursOf): HTMLElement {
  const { contest, rows } = board;
  const lanes = contest.entries.map(({ row }) => row.optimizer);
  const badge = VERDICTS[contest.verdict];
  const finished = rows.filter((row) => row.outcome === 'finished');
  return element(
    'article',
    { class: 'card' },
    element(
      'div',
      {},
      element(
        'header',
        {},
        element('h3', {}, element('a', { href: `#${anchorOf(index)}` }, board.title)),
        element('span', { class: `badge ${badge.class}` }, badge.text),
      ),
      element('p', { class: 'verdict' }, verdict),
      lanes.length === 0 ? null : bestOfEach(board),
    ),
    lanes.length === 0
      ? null
      : createChart(
          {
            description: `Final test loss on ${board.title} by optimizer. ${verdict}`,
            height: contestHeight(lanes.length),
            build: (style) => contestChart(finished, lanes, style),
          },
          coloursOf,
        ).element,
  );
}

function bestOfEach({ contest: { entries }, target }: Leaderboard): HTMLElement {
  const accuracies = entries.some(({ row }) => row.testAccuracy !== null);
  const head = [
    'Best setting',
    'Test loss',
    ...(accuracies ? ['Accuracy'] : []),
    ...(target === null ? [] : [`Reaches ${goalWords(target.goals)}`]),
  ];
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
          element('td', { class: 'name' }, row.name),
          element('td', { class: 'right' }, estimateCell(row.testLoss)),
          ...(accuracies
            ? [
                element(
                  'td',
                  { class: 'right' },
                  row.testAccuracy === null ? '' : `${formatPercent(row.testAccuracy.value)} %`,
                ),
              ]
            : []),
          ...(target === null ? [] : [element('td', { class: 'right' }, reachCell(reached))]),
        ),
      ),
    ),
  );
}

function reachCell(reached: ContestEntry['reached']): string | Node {
  if (reached === null || reached.reached === 0) return 'never';
  const { times, runs } = reached;
  const { text, interval } = timeCell('seconds', times.seconds);
  const steps = `${timeCell('iterations', times.iterations).text} steps`;
  const some = reached.reached < runs ? `${reached.reached} of ${runs} seeds` : null;
  return element(
    'span',
    { class: 'estimate' },
    `${text}, ${steps}`,
    element('span', { class: 'interval' }, [interval, some].filter((part) => part).join(', ')),
  );
}
