// Tuned against untuned optimizers on each problem, on fresh seeds.

import type { TunedProblem } from '../../tuning-table.js';
import { breakable, element } from '../dom.js';
import { article, hint, notesList, section } from '../layout.js';
import { tableElement } from '../table.js';

export const tunedResultsSection = (problems: readonly TunedProblem[]): HTMLElement =>
  section(
    'tuned',
    'Tuned and untuned',
    hint(
      'Tuned: hyperparameters of the best trial on this problem. Untuned: the defaults, the same on every problem. Neither was selected on the test set.',
    ),
    ...problems.map(({ title, tables }) =>
      article(
        breakable(title),
        ...tables.flatMap((table) => [
          element('h4', {}, table.title),
          tableElement(table.title, table),
          notesList(table.notes),
        ]),
      ),
    ),
  );
