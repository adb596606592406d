// The commits that changed a measure, latest first.

import {
  type CommitOfChanges,
  changesByNight,
  dayOf,
  formatChange,
  formatChangeInterval,
  isOpen,
  lastChange,
  verdictWords,
} from '@gaussmark/analysis/words';
import { element } from '../dom.js';
import { hint, section } from '../layout.js';
import { commitLink, type View } from './view.js';

/** Commits shown initially. */
const INITIAL_COMMITS = 12;

export function commitsSection(view: View): HTMLElement {
  const commits = changesByNight(view.machine);
  const list = element('ol', { class: 'commits' });
  const more = element('button', { type: 'button', class: 'more', onclick: () => show(commits.length) });
  const show = (count: number): void => {
    list.replaceChildren(...commits.slice(0, count).map((commit) => commitItem(commit, view)));
    more.hidden = count >= commits.length;
    more.textContent = `Show ${commits.length - INITIAL_COMMITS} earlier commits`;
  };
  show(INITIAL_COMMITS);
  return section(
    'commits',
    'Commits that changed a measure',
    hint(
      commits.length === 0
        ? 'None yet.'
        : 'Changes are listed under the first night that shows them. Noise may shift that by a night, and any commit since the previous night may be the cause.',
    ),
    list,
    more,
  );
}

function commitItem({ night, changes }: CommitOfChanges, view: View): HTMLElement {
  const at = view.machine.nights[night]!;
  return element(
    'li',
    {},
    element(
      'p',
      { class: 'commit-line' },
      commitLink(at, view.data),
      element('span', { class: 'hint' }, dayOf(at)),
      element('span', { class: 'subject' }, at.subject ?? ''),
    ),
    element(
      'ul',
      { class: 'commit-changes' },
      ...changes.map(({ measure, change }) => {
        const open = isOpen(measure) && change === lastChange(measure);
        return element(
          'li',
          {},
          element('span', { class: `size ${change.verdict}` }, formatChange(change, measure.unit)),
          element(
            'span',
            {},
            element('a', { href: `#${view.anchors.get(measure.id)!}` }, measure.id),
            ' ',
            element(
              'span',
              { class: 'hint' },
              [formatChangeInterval(change), verdictWords(change), open ? 'open' : '']
                .filter((part) => part !== '')
                .join(', '),
            ),
          ),
        );
      }),
    ),
  );
}
