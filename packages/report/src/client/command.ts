// The command that made a report: whole, and ready to be copied.

import { element } from './dom.js';

/** Longer ones are folded. */
const MOST_LETTERS = 420;
/** How long the button says what happened. */
const SAID_MS = 2500;

export function commandBlock(command: string): HTMLElement {
  const code = element('code', {}, command);
  const block = element('pre', { class: 'command', tabindex: 0, 'aria-label': 'Command' }, code);
  const said = element('span', { class: 'hint', role: 'status' });
  const copy = element(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: async () => {
        said.textContent = (await copied(command, code)) ? 'Copied' : 'Selected: press Ctrl+C or ⌘C';
        setTimeout(() => {
          said.textContent = '';
        }, SAID_MS);
      },
    },
    'Copy command',
  );
  return element(
    'div',
    { class: 'command-block' },
    block,
    element('p', { class: 'command-bar' }, copy, ...unfold(block, command), said),
  );
}

/** A button that shows the whole of a long command. */
function unfold(block: HTMLElement, command: string): HTMLElement[] {
  if (command.length <= MOST_LETTERS) return [];
  const button = element('button', { type: 'button', class: 'button', onclick: () => fold(!isFolded()) });
  const isFolded = () => block.classList.contains('folded');
  const fold = (folded: boolean) => {
    block.classList.toggle('folded', folded);
    button.textContent = folded ? 'Show all of it' : 'Show less';
    button.setAttribute('aria-expanded', String(!folded));
  };
  fold(true);
  return [button];
}

/** Pages from disk may not have the clipboard; the older way then still works, or leaves the text selected. */
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
