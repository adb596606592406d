// Where the command line writes: two streams, their widths, and whether they show colours.

import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Screen {
  /** Results. */
  readonly out: Sheet;
  /** Progress and errors. */
  readonly err: Sheet;
}

export interface Sheet {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

/** Width of what is not a terminal: a log file, a pipe. */
const PLAIN_COLUMNS = 100;

/** The screen of this process. Colours: on a terminal, unless NO_COLOR is set or `--no-color` given; FORCE_COLOR forces. */
export function screenOf(process: NodeJS.Process, wantsColor = !process.argv.includes('--no-color')): Screen {
  const sheet = (stream: NodeJS.WriteStream): Sheet => {
    const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
    const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0';
    // A reader that has seen enough (`bench list | head`) is no failure.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    return {
      write: (text) => void stream.write(text),
      isTerminal,
      get columns() {
        return isTerminal && stream.columns > 0 ? stream.columns : PLAIN_COLUMNS;
      },
      colors: pc.createColors(wantsColor && !process.env.NO_COLOR && (isTerminal || forced)),
    };
  };
  return { out: sheet(process.stdout), err: sheet(process.stderr) };
}
