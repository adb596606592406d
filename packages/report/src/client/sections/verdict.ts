// The verdict over all problems: sentences, speedups over the reference as a heat map, mean ranks.

import type { PageData, PageStandings } from '../../page-data.js';
import { differenceChart, differenceHeight } from '../charts/critical-difference.js';
import { breakable, element } from '../dom.js';
import { chartElement, figure, notesList, section } from '../layout.js';
import { optimizerColours } from '../palette.js';
import { tableElement } from '../table.js';

export function verdictSection(
  { sentences, speedups, ranks, difference }: PageStandings,
  { problems }: PageData,
): HTMLElement {
  const coloursOf = optimizerColours(problems.flatMap(({ board }) => board.rows));
  return section(
    'verdict',
    'Verdict',
    element('ul', { class: 'sentences' }, ...sentences.map((text) => element('li', {}, breakable(text)))),
    ...speedups.flatMap((table) => [
      element('h3', {}, table.title),
      tableElement(table.title, table, { coloursOf }),
    ]),
    speedups[0] === undefined ? null : notesList(speedups[0].notes),
    ...(ranks === null || difference === null
      ? []
      : [
          figure(
            'Mean rank by final test loss; a bar joins optimizers that the problems do not separate',
            chartElement(
              {
                description: `Critical-difference diagram: ${ranks.rows.map((cells) => cells.map(({ text }) => text).join(' ')).join(', ')}`,
                height: differenceHeight(difference),
                build: (style) => differenceChart(difference, style),
              },
              coloursOf,
            ),
          ),
          notesList(ranks.notes),
        ]),
  );
}
