// Elements from texts: every string becomes a text node or an attribute, never markup.

type Attribute = string | number | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | null;

/** `element('button', { type: 'button', onclick: open }, 'Open')`. A false or missing attribute is left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name.replace(/^on/, ''), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== undefined && value !== false) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** A spot of colour; which colour follows the theme. */
export function swatch(colour: string, kind: 'line' | 'dot' = 'line'): HTMLElement {
  const node = element('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' });
  node.style.setProperty('--swatch', colour);
  return node;
}

/** A fragment identifier for any text. */
export const anchorOf = (index: number): string => `problem-${index + 1}`;

/** A sign beside a number that should not be trusted; `text` says why, to those who cannot see a tooltip too. */
export function doubtMark(text: string): HTMLElement {
  return element(
    'span',
    { class: 'doubt', title: text },
    element('span', { 'aria-hidden': 'true' }, '⚠'),
    element('span', { class: 'visually-hidden' }, text),
  );
}
