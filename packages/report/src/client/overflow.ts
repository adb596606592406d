// Regions that scroll sideways, with a shadow at each edge that hides content.

import { element } from './dom.js';

/** @param region scrolls; focusable while there is something to scroll */
export function overflowBox(region: HTMLElement): HTMLElement {
  const box = element('div', { class: 'overflow' }, region);
  const show = (): void => {
    const hidden = region.scrollWidth - region.clientWidth;
    box.classList.toggle('more-left', region.scrollLeft > 1);
    box.classList.toggle('more-right', region.scrollLeft < hidden - 1);
    if (hidden > 1) region.tabIndex = 0;
    else region.removeAttribute('tabindex');
  };
  region.addEventListener('scroll', show, { passive: true });
  const observer = new ResizeObserver(show);
  observer.observe(region);
  for (const child of region.children) observer.observe(child);
  return box;
}
