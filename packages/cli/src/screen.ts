// Where the command line writes: two streams, their widths, and whether they show colours.

import { type Content, StorageError, writeAll } from '@gaussmark/core';
import { wrapLines } from './paragraph.js';
import { type Colors, colorsOf, forTerminal, inert } from './styles.js';

export interface Screen {
  /** Results. */
  readonly out: Sheet;
  /** Progress and errors. */
  readonly err: Sheet;
}

export interface Sheet {
  /**
   * Writes text for people, with all control characters but our own colours shown as text. A reader that leaves (`bench list | head`) has seen enough: the rest is dropped, and no failure.
   *
   * @throws StorageError if results cannot be written: a full disk
   */
  write(text: string): void;
  /**
   * Writes a document for a program, which needs all of it.
   *
   * @throws StorageError if it did not arrive whole, also because its reader left
   */
  writeDocument(content: Content): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

/** Width of what is not a terminal: a log file, a pipe. */
const PLAIN_COLUMNS = 100;

/** The screen of this process. Colours: on a terminal, unless NO_COLOR is set or `--no-color` given; FORCE_COLOR forces. */
export function screenOf(process: NodeJS.Process, wantsColor = !process.argv.includes('--no-color')): Screen {
  const sheet = (stream: NodeJS.WriteStream, descriptor: 1 | 2, name: string): Sheet => {
    const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
    const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0';
    // Others write there too, what a plugin prints, say: no reason to fail.
    stream.on('error', () => {});
    const { write, writeDocument } = descriptorSheet(descriptor, name, descriptor === 1);
    return {
      writeDocument(content) {
        writeDocument(isTerminal ? inertDocument(content) : content);
      },
      // A terminal would break long lines inside words.
      write(text) {
        write(forTerminal(isTerminal ? wrapLines(text, this.columns) : text));
      },
      isTerminal,
      get columns() {
        return isTerminal && stream.columns > 0 ? stream.columns : PLAIN_COLUMNS;
      },
      colors: colorsOf(wantsColor && !process.env.NO_COLOR && (isTerminal || forced)),
    };
  };
  return {
    out: sheet(process.stdout, 1, 'standard output'),
    err: sheet(process.stderr, 2, 'standard error'),
  };
}

/** JSON for a terminal: still the same document. */
function* inertDocument(content: Content): Iterable<string> {
  const decoder = new TextDecoder();
  const chunks = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for (const chunk of chunks) {
    yield inert(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
  }
  yield inert(decoder.decode());
}

/**
 * Writes to a descriptor itself. Node's stream to a file takes a short write for a whole one, and what a stream still holds
 * is lost when a process exits.
 *
 * @param needed whether text that cannot be written is a failure: progress that nobody can see is not
 */
export function descriptorSheet(
  descriptor: number,
  name: string,
  needed: boolean,
  write: typeof writeAll = writeAll,
): Pick<Sheet, 'write' | 'writeDocument'> {
  let isGone = false;
  return {
    write(text) {
      if (isGone) return;
      try {
        write(descriptor, text);
      } catch (error) {
        isGone = true;
        if (needed && !hasLeft(error)) throw unwritten(name, error);
      }
    },
    writeDocument(content) {
      try {
        write(descriptor, content);
      } catch (error) {
        isGone = true;
        // What the content is made of may fail as well.
        if (error instanceof StorageError || (error as NodeJS.ErrnoException).code === undefined) throw error;
        throw unwritten(name, error);
      }
    },
  };
}

const hasLeft = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EPIPE';

function unwritten(name: string, cause: unknown): StorageError {
  const why = hasLeft(cause) ? 'its reader left' : (cause as Error).message;
  return new StorageError(`${name} could not be written whole: ${why}`, { cause });
}
