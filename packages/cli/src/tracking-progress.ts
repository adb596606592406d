// How far a snapshot or a comparison is: a line that changes on a terminal, a line per part elsewhere. Always on stderr.

import { formatDuration } from './duration.js';
import { liveDisplay } from './live-display.js';
import type { Sheet } from './screen.js';

export interface TrackingProgress {
  update(what: string, done: number, total: number): void;
  /** Takes the display away. */
  stop(): void;
}

/** Before this, what is left cannot be told from what was done. */
const SETTLED_SECONDS = 1;

export function trackingProgressOn(sheet: Sheet, quiet: boolean): TrackingProgress {
  if (quiet) return { update: () => {}, stop: () => {} };
  if (!sheet.isTerminal) {
    let last = '';
    return {
      update: (what) => {
        if (what !== last) sheet.write(`${what}\n`);
        last = what;
      },
      stop: () => {},
    };
  }
  const display = liveDisplay();
  let start = 0;
  return {
    update: (what, done, total) => {
      if (done === 0) start = performance.now();
      const seconds = (performance.now() - start) / 1000;
      const left =
        done > 0 && seconds > SETTLED_SECONDS
          ? `, at most ${formatDuration(((total - done) * seconds) / done)} left`
          : '';
      display(`${what}${total > 1 ? sheet.colors.dim(` ${done + 1}/${total}${left}`) : ''}`);
    },
    stop: () => {
      display.clear();
      display.done();
    },
  };
}
