// Each optimizer: the hyperparameters tried, their effect on the result, the cost of searches.

import {
  type OptimizerSummary,
  type Robustness,
  type Sensitivity,
  summarizeOptimizers,
} from '@gaussmark/analysis/sensitivity';
import {
  type ColumnOf,
  formatCount,
  formatNumber,
  formatQuantity,
  numberCell,
  numberColumn,
  textCell,
  textColumn,
  textTable,
  valueWords,
} from '@gaussmark/analysis/words';
import type { PageData } from '../../page-data.js';
import type { TunedOptimizer } from '../../tuned-optimizers.js';
import { sensitivityChart } from '../charts/sensitivity.js';
import { breakable, type Child, element } from '../dom.js';
import { article, chartElement, factList, figure, hint, notesList, section } from '../layout.js';
import { type ColoursOf, optimizerColours } from '../palette.js';
import { tableElement } from '../table.js';

const HEIGHT = 210;
/** Values listed per hyperparameter. */
const MOST_VALUES = 12;

export function optimizersSection({ problems, tuned }: PageData): HTMLElement {
  const boards = problems.map(({ board }) => board);
  const coloursOf = optimizerColours(boards.flatMap(({ rows }) => rows));
  const summaries = summarizeOptimizers(boards);
  return section(
    'optimizers',
    'Optimizers and their hyperparameters',
    hint(
      'One dot per setting. The line joins the best setting of each value; bars are 95 % intervals over seeds; crosses are settings that broke down.',
    ),
    ...summaries.map((summary) =>
      optimizerArticle(
        summary,
        tuned.filter(({ optimizer }) => optimizer === summary.optimizer),
        coloursOf,
      ),
    ),
  );
}

function optimizerArticle(
  summary: OptimizerSummary,
  tuned: readonly TunedOptimizer[],
  coloursOf: ColoursOf,
): HTMLElement {
  const { optimizer, settings, runs, varied, fixed, sensitivities, robustness } = summary;
  // A choice by name decides which formula runs, so it is shown even where it is the default.
  const isChoice = ({ values }: (typeof fixed)[number]) => values.every((value) => typeof value === 'string');
  const [shown, folded] = [[...varied, ...fixed.filter(isChoice)], fixed.filter((each) => !isChoice(each))];
  return article(
    optimizer,
    hint(`${formatQuantity(settings, 'setting')}, ${formatQuantity(runs, 'run')}.`),
    shown.length === 0
      ? null
      : factList(shown.map(({ name, values }) => [name, listValues(values)] as const)),
    ...plots(sensitivities, optimizer, coloursOf),
    robustness.some((one) => one.settings > 1) ? robustnessTable(optimizer, robustness) : null,
    ...tuned.flatMap((search) => tuningParts(search, coloursOf)),
    folded.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, 'Constant hyperparameters'),
          factList(folded.map(({ name, values }) => [name, listValues(values)] as const)),
        ),
  );
}

function listValues(values: readonly unknown[]): string {
  const listed = values.slice(0, MOST_VALUES).map(valueWords).join(', ');
  return values.length > MOST_VALUES ? `${listed} and ${values.length - MOST_VALUES} more` : listed;
}

/** A figure per hyperparameter and problem. */
function plots(sensitivities: readonly Sensitivity[], optimizer: string, coloursOf: ColoursOf): Child[] {
  if (sensitivities.length === 0) return [];
  return [
    element(
      'div',
      { class: 'figures small' },
      ...sensitivities.map((plot) =>
        figure(
          breakable(`${plot.title}: ${plot.quantity} by ${plot.hyperparameter}`),
          chartElement(
            {
              description: `${plot.quantity} of ${optimizer} on ${plot.title} by ${plot.hyperparameter}, ${plot.points.length} settings; the values are in the leaderboard.`,
              height: HEIGHT,
              build: (style) => sensitivityChart(plot, style.colours.get(optimizer) ?? style.muted, style),
            },
            coloursOf,
          ),
        ),
      ),
    ),
  ];
}

const ROBUSTNESS_COLUMNS: readonly ColumnOf<Robustness>[] = [
  textColumn('problem', ({ title }) => title),
  numberColumn('settings', ({ settings }) => numberCell(settings, formatCount)),
  numberColumn('lost', ({ lost }) => numberCell(lost, formatCount), 'Settings that lost at least one seed'),
  ...(['best', 'median', 'worst'] as const).map(
    (which): ColumnOf<Robustness> =>
      numberColumn(
        which,
        ({ losses }) => numberCell(losses?.[which], (value) => formatNumber(value)),
        'Final test loss over the finished settings',
      ),
  ),
  numberColumn(
    'within 2×',
    ({ withinTwice, settings }) => textCell(`${withinTwice} of ${settings}`, { key: withinTwice / settings }),
    'Settings that ended within twice the test loss of the best',
  ),
];

const robustnessTable = (optimizer: string, robustness: readonly Robustness[]): HTMLElement =>
  tableElement(`Spread of ${optimizer} over its settings`, textTable(ROBUSTNESS_COLUMNS, robustness));

const tuningParts = (tuned: TunedOptimizer, coloursOf: ColoursOf): Child[] => [
  element('h4', {}, tuned.title),
  tableElement(`Searches for hyperparameters of ${tuned.optimizer}`, tuned),
  notesList(tuned.notes),
  ...plots(tuned.sensitivities, tuned.optimizer, coloursOf),
];
