// The commits that changed something, the last first, with all that each of them changed.

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

/** Commits shown at first; the others are a press away. */
const SHOWN_AT_FIRST = 12;

export function commitsSection(view: View): HTMLElement {
  const commits = changesByNight(view.machine);
  const list = element('ol', { class: 'commits' });
  const more = element('button', { type: 'button', class: 'more', onclick: () => show(commits.length) });
  const show = (count: number): void => {
    list.replaceChildren(...commits.slice(0, count).map((commit) => commitItem(commit, view)));
    more.hidden = count >= commits.length;
    more.textContent = `Show ${commits.length - SHOWN_AT_FIRST} earlier ones`;
  };
  show(SHOWN_AT_FIRST);
  return section(
    'commits',
    'Commits that changed something',
    hint(
      commits.length === 0
        ? 'None so far.'
        : 'By the first night on which it showed. In noise, that may be a night early or late; and where several commits were made since the night before, it is one of them.',
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
