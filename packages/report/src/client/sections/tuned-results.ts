// What tuning is worth: on each problem the tuned and untuned optimizers with fresh seeds, and how they compare.

import type { TunedProblem } from '../../tuning-table.js';
import { breakable, element } from '../dom.js';
import { notesList, textTableElement } from '../text-table.js';

export function tunedResultsSection(problems: readonly TunedProblem[]): HTMLElement {
  return element(
    'section',
    { id: 'tuned', 'aria-labelledby': 'tuned-title' },
    element('h2', { id: 'tuned-title' }, 'Tuned and untuned'),
    element(
      'p',
      { class: 'hint' },
      'Tuned: with the hyperparameters of the best trial of this problem. Untuned: with the defaults, the same on every problem. Neither has seen the test set before.',
    ),
    ...problems.map(({ title, tables }) =>
      element(
        'article',
        { class: 'comparison' },
        element('h3', {}, breakable(title)),
        ...tables.flatMap(({ title: caption, table, notes }) => [
          element('h4', {}, caption),
          textTableElement(caption, table),
          notesList(notes),
        ]),
      ),
    ),
  );
}
