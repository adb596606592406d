// Builds elements: strings become text nodes or attributes, never markup.

type Attribute = string | number | boolean | undefined | ((event: Event) => void);
export type Child = Node | string | null;

/** `element('button', { type: 'button', onclick: open }, 'Open')`. False and undefined attributes are omitted. */
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

/** `svgElement('path', { d: 'M0 0H10' })`. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: SVGElement[]
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** For a name that the page shows in full elsewhere: a long one loses its middle and gets a tooltip. */
export function shortName(name: string, most = 28): HTMLElement {
  if (name.length <= most) return element('span', {}, name);
  const half = most / 2;
  return element('span', { title: name }, `${name.slice(0, half)}…${name.slice(1 - half)}`);
}

/** A text whose long names may break after punctuation. */
export function breakable(text: string): HTMLElement {
  const parts = text.match(/[^,/+]+[,/+]*|[,/+]+/g) ?? [];
  return element(
    'span',
    { class: 'breakable' },
    ...parts.flatMap((part, i): Child[] => (i === 0 ? [part] : [element('wbr'), part])),
  );
}

/** The fragment identifier of a problem. */
export const anchorOf = (index: number): string => `problem-${index + 1}`;
