// Progress of a plan: a live display on a terminal, a line per finished run elsewhere.

import type { Cell } from '@gaussmark/cell';
import { type PlanEvent, ProgressState } from '@gaussmark/harness';
import { displayOn } from './live-display.js';
import { renderOutcome, renderProgress } from './progress-view.js';
import type { Sink } from './screen.js';

export interface Progress {
  update(event: PlanEvent): void;
  /** Prints a line that stays, also with --quiet. */
  note(text: string): void;
  /** Removes the display. */
  stop(): void;
}

const REFRESH_MS = 100;

export function progressOn(sink: Sink, cells: readonly Cell[], jobs: number, quiet: boolean): Progress {
  const state = new ProgressState(cells, jobs);
  const display = displayOn(sink, quiet);
  const draw = () => display.draw(renderProgress(state, sink));
  const timer = display.isLive ? setInterval(draw, REFRESH_MS) : undefined;
  if (display.isLive) draw();
  return {
    update: (event) => {
      state.update(event);
      if (display.isLive || event.type !== 'end') return;
      const ended = state.outcomes.length - 1;
      display.print(renderOutcome(event.outcome, ended, cells.length, state.left));
    },
    note: (text) => {
      if (quiet) sink.write(`${text}\n`);
      else display.print(text);
      if (display.isLive) draw();
    },
    stop: () => {
      clearInterval(timer);
      display.stop();
    },
  };
}
