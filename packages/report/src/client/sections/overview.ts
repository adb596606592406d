// Who wins where: a card per problem with the best of each optimizer.

import { formatCount, formatNumber, formatPercent, formatSeconds } from '../../format.js';
import type { Contest, ContestEntry } from '../../leaderboard.js';
import type { PageProblem } from '../../page-data.js';
import { type ColoursOf, createChart } from '../chart.js';
import { contestChart, contestHeight } from '../charts/contest.js';
import { anchorOf, element } from '../dom.js';
import { estimateCell } from '../estimate.js';

const VERDICTS: Readonly<Record<Contest['verdict'], { text: string; class: string }>> = {
  clear: { text: 'clear lead', class: 'good' },
  close: { text: 'too close to call', class: 'neutral' },
  unopposed: { text: 'unopposed', class: 'neutral' },
};

export function overview(problems: readonly PageProblem[], coloursOf: ColoursOf): HTMLElement {
  return element(
    'section',
    { id: 'overview', 'aria-labelledby': 'overview-title' },
    element('h2', { id: 'overview-title' }, 'Who wins where'),
    element(
      'p',
      { class: 'hint' },
      'Final test loss, further left is better: one dot per setting, the best of each optimizer filled, with its 95 % interval over seeds. “Reaches” is the training it took to get down to where the runner-up ended.',
    ),
    element('div', { class: 'cards' }, ...problems.map((problem, index) => card(problem, index, coloursOf))),
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
      lanes.length === 0 ? null : bestOfEach(contest),
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

function bestOfEach({ entries, target }: Contest): HTMLElement {
  const accuracies = entries.some(({ row }) => row.testAccuracy !== null);
  const head = [
    'Best setting',
    'Test loss',
    ...(accuracies ? ['Accuracy'] : []),
    ...(target === null ? [] : [`Reaches ${formatNumber(target)}`]),
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
                  row.testAccuracy === null ? '' : `${formatPercent(row.testAccuracy.mean)} %`,
                ),
              ]
            : []),
          ...(target === null ? [] : [element('td', { class: 'right' }, reachText(reached, row.runs))]),
        ),
      ),
    ),
  );
}

function reachText(reached: ContestEntry['reached'], runs: number): string {
  if (reached === null) return 'never';
  const some = reached.runs < runs ? ` (${reached.runs} of ${runs} seeds)` : '';
  return `${formatSeconds(reached.seconds)}, ${formatCount(reached.iterations)} steps${some}`;
}
