// Showing progress: a live display on a terminal, a line per finished run elsewhere. Always on stderr.

import type { Cell, PlanEvent } from '@gaussmark/harness';
import { liveDisplay } from './live-display.js';
import { ProgressState } from './progress-state.js';
import { renderOutcome, renderProgress } from './progress-view.js';
import type { Sheet } from './screen.js';

export interface Progress {
  update(event: PlanEvent): void;
  /** A line that stays, above the display. */
  note(text: string): void;
  /** Takes the display away. */
  stop(): void;
}

const REFRESH_MS = 100;

/** The display that fits a sheet: none if `quiet`. */
export function progressOn(sheet: Sheet, cells: readonly Cell[], jobs: number, quiet: boolean): Progress {
  if (quiet) return { update: () => {}, note: (text) => sheet.write(`${text}\n`), stop: () => {} };
  return sheet.isTerminal ? live(sheet, cells, jobs) : lines(sheet, cells, jobs);
}

function live(sheet: Sheet, cells: readonly Cell[], jobs: number): Progress {
  const state = new ProgressState(cells, jobs);
  const display = liveDisplay();
  const draw = () => display(renderProgress(state, sheet));
  const timer = setInterval(draw, REFRESH_MS);
  draw();
  return {
    update: (event) => state.update(event),
    note: (text) => {
      display.clear();
      sheet.write(`${text}\n`);
      draw();
    },
    stop: () => {
      clearInterval(timer);
      display.clear();
      display.done();
    },
  };
}

function lines(sheet: Sheet, cells: readonly Cell[], jobs: number): Progress {
  const state = new ProgressState(cells, jobs);
  return {
    update: (event) => {
      state.update(event);
      if (event.type !== 'end') return;
      const ended = state.outcomes.length - 1;
      sheet.write(`${renderOutcome(event.outcome, ended, cells.length, state.left)}\n`);
    },
    note: (text) => sheet.write(`${text}\n`),
    stop: () => {},
  };
}
