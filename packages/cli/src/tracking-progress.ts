// Progress of a snapshot or a comparison: a changing line on a terminal, a line per part elsewhere.

import { displayOn } from './live-display.js';
import { formatDuration } from './quantities.js';
import type { Sink } from './screen.js';

export interface TrackingProgress {
  update(part: string, done: number, total: number): void;
  /** Removes the display. */
  stop(): void;
}

/** Too early to estimate the time left. */
const SETTLED_SECONDS = 1;

export function trackingProgressOn(sink: Sink, quiet: boolean): TrackingProgress {
  const display = displayOn(sink, quiet);
  let last = '';
  let start = 0;
  return {
    update: (part, done, total) => {
      if (!display.isLive && part !== last) display.print(part);
      last = part;
      if (done === 0) start = performance.now();
      const seconds = (performance.now() - start) / 1000;
      const left =
        done > 0 && seconds > SETTLED_SECONDS
          ? `, at most ${formatDuration(((total - done) * seconds) / done)} left`
          : '';
      display.draw(`${part}${total > 1 ? sink.colors.dim(` ${done + 1}/${total}${left}`) : ''}`);
    },
    stop: display.stop,
  };
}
