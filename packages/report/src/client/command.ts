// The command that produced a report, in full, with a button to copy it.

import { element } from './dom.js';

/** Longer commands start folded. */
const MOST_LETTERS = 420;
/** How long the outcome of copying is shown. */
const STATUS_MS = 2500;

export function commandBlock(command: string): HTMLElement {
  const code = element('code', {}, command);
  const block = element('pre', { class: 'command', tabindex: 0, 'aria-label': 'Command' }, code);
  const status = element('span', { class: 'hint', role: 'status' });
  const copy = element(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: async () => {
        status.textContent = (await copied(command, code)) ? 'Copied' : 'Selected: press Ctrl+C or ⌘C';
        setTimeout(() => {
          status.textContent = '';
        }, STATUS_MS);
      },
    },
    'Copy command',
  );
  return element(
    'div',
    { class: 'command-block' },
    block,
    element('p', { class: 'command-bar' }, copy, ...unfold(block, command), status),
  );
}

/** A button that unfolds a long command. */
function unfold(block: HTMLElement, command: string): HTMLElement[] {
  if (command.length <= MOST_LETTERS) return [];
  const button = element('button', { type: 'button', class: 'button', onclick: () => fold(!isFolded()) });
  const isFolded = () => block.classList.contains('folded');
  const fold = (folded: boolean) => {
    block.classList.toggle('folded', folded);
    button.textContent = folded ? 'Show all' : 'Show less';
    button.setAttribute('aria-expanded', String(!folded));
  };
  fold(true);
  return [button];
}

/** Pages on disk may lack the clipboard API; `execCommand` may still work, or leaves the text selected. */
async function copied(text: string, code: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    try {
      return document.execCommand('copy');
    } catch {
      return false;
    }
  }
}
