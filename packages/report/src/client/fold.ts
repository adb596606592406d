// Sections built on opening: a report of many problems starts with their headings only.

import { breakable, type Child, element } from './dom.js';
import { section } from './layout.js';
import { onPrint } from './print.js';

/** With more problems than this, all start folded. */
export const MOST_UNFOLDED = 6;

/** Builds the content of a fold, once. */
const builders = new WeakMap<HTMLDetailsElement, () => void>();

/** A section. Folded, it shows its title and a remark; its content is built when a click, a link or printing opens it. */
export function foldableSection(
  id: string,
  title: string,
  remark: string,
  folded: boolean,
  build: () => Child[],
): HTMLElement {
  if (!folded) return section(id, breakable(title), ...build());
  const heading = element('h2', { id: `${id}-title` }, breakable(title));
  let built = false;
  const open = () => {
    if (built) return;
    built = true;
    fold.append(...build().filter((child) => child !== null));
  };
  const fold = element(
    'details',
    {
      class: 'fold',
      ontoggle: () => {
        if (fold.open) open();
      },
    },
    element('summary', {}, heading, element('span', { class: 'hint' }, remark)),
  );
  builders.set(fold, open);
  return element('section', { id, 'aria-labelledby': `${id}-title` }, fold);
}

/** Opens every fold for printing and closes it afterwards. */
export function unfoldForPrint(): void {
  let opened: HTMLDetailsElement[] = [];
  onPrint(
    () => {
      opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
      for (const fold of opened) {
        builders.get(fold)?.();
        fold.open = true;
      }
    },
    () => {
      for (const fold of opened) fold.open = false;
    },
  );
}

/** Opens the fold that a link within the page targets. */
export function openLinkedSections(): void {
  const open = (hash: string): void => {
    const target = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    const fold = target?.querySelector<HTMLDetailsElement>(':scope > details.fold');
    if (fold) fold.open = true;
  };
  addEventListener('hashchange', () => open(location.hash));
  // Following a link to the current hash fires no hashchange.
  addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (link !== null) open(link.hash);
  });
  open(location.hash);
}
