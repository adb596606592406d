// Lines on standard error that are drawn again and again: progress.

import { createLogUpdate } from 'log-update';
import { forTerminal } from './styles.js';

export interface LiveDisplay {
  /** Draws a text in place of the one before. */
  (text: string): void;
  /** Takes the text away. */
  clear(): void;
  /** Ends the display. */
  done(): void;
}

export function liveDisplay(): LiveDisplay {
  const display = createLogUpdate(process.stderr);
  return Object.assign((text: string) => display(forTerminal(text)), {
    clear: () => display.clear(),
    done: () => display.done(),
  });
}
