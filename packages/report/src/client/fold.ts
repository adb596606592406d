// Sections that are built when they are opened: a report of many problems starts with their headings alone.

import { type Child, element } from './dom.js';

/** More problems than this start folded. */
export const MOST_UNFOLDED = 6;

/**
 * A section with its heading. Folded, it shows the heading and a remark, and is built when it is first opened: by its
 * summary, by a link to it, or for paper if it was open then.
 */
export function foldableSection(
  attributes: { readonly id: string; readonly class: string },
  title: string,
  remark: string,
  folded: boolean,
  build: () => Child[],
): HTMLElement {
  const heading = element('h2', { id: `${attributes.id}-title` }, title);
  const labelled = { ...attributes, 'aria-labelledby': `${attributes.id}-title` };
  if (!folded) return element('section', labelled, heading, ...build());
  let built = false;
  const fold = element(
    'details',
    {
      class: 'fold',
      ontoggle: () => {
        if (built || !fold.open) return;
        built = true;
        fold.append(...build().filter((child) => child !== null));
      },
    },
    element('summary', {}, heading, element('span', { class: 'hint' }, remark)),
  );
  return element('section', labelled, fold);
}

/** Opens the section that a link within the page leads to. */
export function openLinkedSections(): void {
  const open = (hash: string): void => {
    const target = hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    const fold = target?.querySelector<HTMLDetailsElement>(':scope > details.fold');
    if (fold) fold.open = true;
  };
  addEventListener('hashchange', () => open(location.hash));
  // A link to where the page already is changes no hash.
  addEventListener('click', ({ target }) => {
    const link = target instanceof Element ? target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
    if (link !== null) open(link.hash);
  });
  open(location.hash);
}
