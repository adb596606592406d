// The top of a history's page: its title, its span, its open changes.

import {
  dayOf,
  formatCount,
  formatDate,
  historySummary,
  isOpen,
  shortCommit,
} from '@gaussmark/analysis/words';
import { breakable, element } from '../dom.js';
import { factList } from '../layout.js';
import type { View } from './view.js';

export function historyMasthead({ data, machine }: View): HTMLElement {
  const open = machine.measures.filter(isOpen).length;
  const last = machine.nights.at(-1)!;
  const tiers = (tier: 'hard' | 'timed') =>
    machine.measures.filter((measure) => measure.tier === tier).length;
  return element(
    'section',
    { class: 'masthead', id: 'top' },
    element('h1', {}, breakable(data.title)),
    element('p', { class: 'lede' }, historySummary(machine)),
    open === 0
      ? null
      : element(
          'p',
          { class: 'notice' },
          `${open} ${open === 1 ? 'change is' : 'changes are'} open: neither fixed nor acknowledged.`,
        ),
    factList([
      ['Machine', machine.machine.replaceAll('-', ' ')],
      ['Latest night', `${shortCommit(last)} of ${dayOf(last)}, measured ${formatDate(last.created)}`],
      ['Subject', last.subject ?? 'unknown'],
      ['Measures', `${formatCount(tiers('hard'))} deterministic, ${formatCount(tiers('timed'))} timings`],
      ['Generated', `${formatDate(data.created)}, ${data.tool.name} ${data.tool.version}`],
    ]),
  );
}
