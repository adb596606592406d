// Standard output and standard error: their widths, their colours, and complete writes.

import { type Content, StorageError, writeAll } from '@gaussmark/core';
import { wrapLines } from './paragraph.js';
import { type Colors, colorsOf, forTerminal, inert } from './styles.js';

export interface Screen {
  /** Results. */
  readonly out: Sink;
  /** Progress and errors. */
  readonly err: Sink;
}

export interface Sink {
  /**
   * Writes text for people. Control characters other than our colours are escaped. After the reader closes the pipe
   * (`bench list | head`), text is dropped silently.
   *
   * @throws StorageError if results cannot be written, as on a full disk
   */
  write(text: string): void;
  /**
   * Writes a document for a program.
   *
   * @throws StorageError unless all of it arrives, even if the reader closed the pipe
   */
  writeDocument(content: Content): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colors: Colors;
}

/** Width of files and pipes. */
const PLAIN_COLUMNS = 100;

/** The screen of this process. Terminals get colours unless NO_COLOR or --no-color is set; FORCE_COLOR forces them. */
export function screenOf(process: NodeJS.Process, wantsColor = !process.argv.includes('--no-color')): Screen {
  const sink = (stream: NodeJS.WriteStream, descriptor: 1 | 2, name: string): Sink => {
    const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
    const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0';
    // Plugins may write there as well; their failures do not matter.
    stream.on('error', () => {});
    const { write, writeDocument } = descriptorSink(descriptor, name, descriptor === 1);
    return {
      writeDocument(content) {
        writeDocument(isTerminal ? inertDocument(content) : content);
      },
      // Terminals break long lines within words.
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
    out: sink(process.stdout, 1, 'standard output'),
    err: sink(process.stderr, 2, 'standard error'),
  };
}

/** Escapes control characters in JSON; the document stays the same. */
function* inertDocument(content: Content): Iterable<string> {
  const decoder = new TextDecoder();
  const chunks = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for (const chunk of chunks) {
    yield inert(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
  }
  yield inert(decoder.decode());
}

/**
 * Writes to a descriptor directly: Node's file streams ignore short writes, and lose buffered text when the process exits.
 *
 * @param needed whether failing to write text is an error; for progress it is not
 */
export function descriptorSink(
  descriptor: number,
  name: string,
  needed: boolean,
  write: typeof writeAll = writeAll,
): Pick<Sink, 'write' | 'writeDocument'> {
  let isBroken = false;
  return {
    write(text) {
      if (isBroken) return;
      try {
        write(descriptor, text);
      } catch (error) {
        isBroken = true;
        if (needed && !isClosedPipe(error)) throw unwritten(name, error);
      }
    },
    writeDocument(content) {
      try {
        write(descriptor, content);
      } catch (error) {
        isBroken = true;
        // Generating the content may fail too.
        if (error instanceof StorageError || (error as NodeJS.ErrnoException).code === undefined) throw error;
        throw unwritten(name, error);
      }
    },
  };
}

const isClosedPipe = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EPIPE';

function unwritten(name: string, cause: unknown): StorageError {
  const why = isClosedPipe(cause) ? 'its reader closed the pipe' : (cause as Error).message;
  return new StorageError(`${name} could not be written completely: ${why}`, { cause });
}
