// Progress on stderr: text redrawn in place on a terminal, lines elsewhere, nothing with --quiet.

import { createLogUpdate } from 'log-update';
import type { Sink } from './screen.js';
import { forTerminal } from './styles.js';

export interface LiveDisplay {
  /** Whether `draw` shows anything. */
  readonly isLive: boolean;
  /** Draws a text in place of the last one. */
  draw(text: string): void;
  /** Prints a line that stays, above the drawn text. */
  print(line: string): void;
  /** Removes the drawn text. */
  stop(): void;
}

export function displayOn(sink: Sink, quiet: boolean): LiveDisplay {
  const print = quiet ? () => {} : (line: string) => sink.write(`${line}\n`);
  if (quiet || !sink.isTerminal) return { isLive: false, draw: () => {}, print, stop: () => {} };
  const display = createLogUpdate(process.stderr);
  return {
    isLive: true,
    draw: (text) => display(forTerminal(text)),
    print: (line) => {
      display.clear();
      print(line);
    },
    stop: () => {
      display.clear();
      display.done();
    },
  };
}

/** Progress through a series: `2/3 mnist: round 7 of 20`. */
export interface SeriesProgress {
  begin(name: string): void;
  update(text: string): void;
  /** Prints how the current item ended. */
  end(outcome: string): void;
  stop(): void;
}

export function seriesProgressOn(sink: Sink, count: number, quiet: boolean): SeriesProgress {
  const { draw, print, stop } = displayOn(sink, quiet);
  let index = 0;
  let name = '';
  const line = (text: string) => `${sink.colors.dim(`${index}/${count}`)} ${name}: ${text}`;
  return {
    begin: (next) => {
      index += 1;
      name = next;
      draw(line('starting'));
    },
    update: (text) => draw(line(text)),
    end: (outcome) => print(line(outcome)),
    stop,
  };
}
