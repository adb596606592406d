// The leaderboard of a problem.

import { formatFactor, NOTHING, textCell } from '@gaussmark/analysis/words';
import { leaderboardColumns } from '../../leaderboard-columns.js';
import type { PageProblem } from '../../page-data.js';
import { element } from '../dom.js';
import { notesList } from '../layout.js';
import type { ColoursOf } from '../palette.js';
import { createTable } from '../table.js';

const PAGE_SIZE = 20;

export function leaderboard({ board, notes }: PageProblem, coloursOf: ColoursOf): HTMLElement {
  const columns = leaderboardColumns(board).map((column) =>
    column.under === 'step'
      ? {
          ...column,
          // Under the time of a step there is no title to name the baseline.
          cell: ({ relativeStep }: (typeof board.rows)[number]) =>
            textCell(
              relativeStep === null
                ? NOTHING
                : `${formatFactor(relativeStep.value)} ${board.baseline?.optimizer}`,
            ),
        }
      : column,
  );
  const table = createTable(`Leaderboard of ${board.title}`, columns, {
    coloursOf,
    classOf: (row) => row.outcome,
    pageSize: PAGE_SIZE,
  });
  table.show(board.rows);
  return element('div', { class: 'leaderboard' }, table.element, notesList(notes));
}
