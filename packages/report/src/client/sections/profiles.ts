// Performance profiles: on how many problems each optimizer is within a factor of the fastest.

import type { ProfileUnit } from '@gaussmark/analysis';
import { CLOCK_WORDS, type Clock } from '@gaussmark/analysis/words';
import type { PageData, PageProfiles } from '../../page-data.js';
import { createChart } from '../chart.js';
import { profileChart } from '../charts/profiles.js';
import { choice } from '../controls.js';
import { element } from '../dom.js';
import { figure, hint, notesList, section } from '../layout.js';
import { still } from '../legend.js';
import { type ColoursOf, optimizerColours } from '../palette.js';
import { createStore } from '../store.js';
import { tableElement } from '../table.js';

const HEIGHT = 320;
const UNIT_WORDS: Readonly<Record<ProfileUnit, string>> = {
  optimizer: 'Best of each optimizer',
  setting: 'Individual settings',
};

export function profilesSection(profiles: PageProfiles, { problems }: PageData, settingColours: ColoursOf) {
  const { sets, grid, scores, notes } = profiles;
  const units = [...new Set(sets.map(({ unit }) => unit))];
  const unit = createStore<ProfileUnit>(units[0]!);
  const clock = createStore<Clock>(profiles.clock);
  const coloursOfOptimizers = optimizerColours(problems.flatMap(({ board }) => board.rows));
  const coloursOf: ColoursOf = (scheme) =>
    unit.get() === 'optimizer' ? coloursOfOptimizers(scheme) : settingColours(scheme);
  const current = () =>
    sets.find((set) => set.unit === unit.get() && set.clock === clock.get()) ??
    sets.find((set) => set.unit === unit.get())!;
  const chart = createChart(
    {
      description:
        'Performance profiles: the share of problems on which an optimizer is within a factor of the fastest; the factors are in the table below.',
      height: HEIGHT,
      build: (style) => profileChart(current().entries, grid, style),
    },
    coloursOf,
  );
  const key = element('div');
  const ratios = element('div');
  const show = (): void => {
    const { entries, table } = current();
    key.replaceChildren(still(entries, coloursOf));
    ratios.replaceChildren(
      tableElement(`Time to target relative to the fastest, in ${CLOCK_WORDS[clock.get()]}`, table, {
        coloursOf,
      }),
    );
    chart.redraw();
  };
  unit.watch(show);
  clock.watch(show);
  show();
  const clocks = [...new Set(sets.map((set) => set.clock))];
  return section(
    'profiles',
    'Performance profiles',
    hint(
      'Share of problems whose target is reached within a factor of the fastest. Higher is better; the left edge is the share on which an optimizer is the fastest. The score is the area up to the dashed line.',
    ),
    ...(scores.rows.length === 0
      ? []
      : [tableElement('Scores of the optimizers', scores, { coloursOf: coloursOfOptimizers })]),
    element(
      'div',
      { class: 'toolbar' },
      choice(
        'Clock',
        clocks.map((value) => ({ value, text: CLOCK_WORDS[value] })),
        clock,
      ),
      units.length < 2
        ? null
        : choice(
            'Contestants',
            units.map((value) => ({ value, text: UNIT_WORDS[value] })),
            unit,
          ),
      key,
    ),
    figure('Problems within a factor of the fastest', chart.element, { class: 'profile' }),
    element('h3', {}, 'Time to target relative to the fastest'),
    ratios,
    notesList(notes),
  );
}
