// How far the timing of steps is: a line that changes on a terminal, a line per suite elsewhere. Always on stderr.

import type { SuiteEvent, SuitePhase } from '@gaussmark/steps';
import { formatDuration } from './duration.js';
import { liveDisplay } from './live-display.js';
import type { Sheet } from './screen.js';

export interface StepsProgress {
  /** A suite begins. */
  begin(name: string): void;
  update(event: SuiteEvent): void;
  /** The suite has ended; `outcome` says how. */
  end(outcome: string): void;
  /** Takes the display away. */
  stop(): void;
}

const PHASES: Readonly<Record<SuitePhase, string>> = {
  load: 'loading the data',
  compile: 'compiling',
  'warm-up': 'warming up',
};

/** @param count suites there are */
export function stepsProgressOn(sheet: Sheet, count: number, quiet: boolean): StepsProgress {
  const silent = { begin: () => {}, update: () => {}, end: () => {}, stop: () => {} };
  if (quiet) return silent;
  let index = 0;
  let name = '';
  const line = (text: string) => `${sheet.colors.dim(`${index}/${count}`)} ${name}: ${text}`;
  if (!sheet.isTerminal) {
    return {
      ...silent,
      begin: (suite) => {
        index += 1;
        name = suite;
      },
      end: (outcome) => sheet.write(`${line(outcome)}\n`),
    };
  }
  const display = liveDisplay();
  return {
    begin: (suite) => {
      index += 1;
      name = suite;
      display(line('starting'));
    },
    update: (event) => display(line(describe(event))),
    end: (outcome) => {
      display.clear();
      sheet.write(`${line(outcome)}\n`);
    },
    stop: () => {
      display.clear();
      display.done();
    },
  };
}

function describe(event: SuiteEvent): string {
  if (event.type === 'phase') return PHASES[event.phase];
  const { done, total, secondsLeft } = event;
  return `round ${done} of ${total}, about ${formatDuration(secondsLeft)} left`;
}
