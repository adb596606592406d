// Controls bound to stores: a choice of one, a checkbox.

import { element } from './dom.js';
import type { Store } from './store.js';

/** A row of buttons, one of them pressed. */
export function choice<T extends string>(
  label: string,
  options: readonly { readonly value: T; readonly text: string }[],
  current: Store<T>,
): HTMLElement {
  const buttons = options.map(({ value, text }) =>
    element('button', { type: 'button', 'data-value': value, onclick: () => current.set(value) }, text),
  );
  const show = (value: T) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.value === value));
  };
  current.watch(show);
  show(current.get());
  return element('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons);
}

export function toggle(label: string, current: Store<boolean>): HTMLElement {
  const box = element('input', { type: 'checkbox', onchange: () => current.set(box.checked) });
  const show = (value: boolean) => {
    box.checked = value;
  };
  current.watch(show);
  show(current.get());
  return element('label', { class: 'toggle' }, box, label);
}
