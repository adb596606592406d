// What tuning is worth: on each problem the tuned and untuned optimizers with fresh seeds, and how they compare.

import type { TunedProblem } from '../../tuning-table.js';
import { breakable, element } from '../dom.js';
import { article, hint, notesList, section } from '../layout.js';
import { tableElement } from '../table.js';

export const tunedResultsSection = (problems: readonly TunedProblem[]): HTMLElement =>
  section(
    'tuned',
    'Tuned and untuned',
    hint(
      'Tuned: with the hyperparameters of the best trial of this problem. Untuned: with the defaults, the same on every problem. Neither has seen the test set before.',
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
