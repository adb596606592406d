// Describes any thrown value. A plugin may throw anything: null, a proxy, a getter that throws, megabytes of text.

import { defined } from './defined.js';
import { shorten } from './display-text.js';
import { GaussmarkError } from './errors.js';

export interface ThrownDescription {
  /** `TypeError: x is not a function`; for a GaussmarkError, its whole message. */
  readonly text: string;
  /** The message alone. */
  readonly message: string;
  /**
   * A stack frame: `at step (file:///x/index.js:3:5)`. A plugin's own line if it called a library that threw; else the first frame
   * outside Node.
   */
  readonly place?: string;
}

/**
 * Describes a thrown value, shortened to a readable length. Never throws.
 *
 * @example
 * describeThrown(new TypeError('x is not a function')).text; // = 'TypeError: x is not a function'
 * describeThrown(null).text; // = 'threw null'
 */
export function describeThrown(thrown: unknown): ThrownDescription {
  try {
    if (!(thrown instanceof Error)) return plain(shorten(describe(thrown)));
    const message = shorten(String(thrown.message));
    if (thrown instanceof GaussmarkError) return { text: message, message };
    const name = shorten(String(thrown.name));
    const frames = String(thrown.stack ?? '')
      .slice(0, 20_000)
      .split('\n');
    const place = placeOf(frames.filter((line) => FRAME.test(line) && !line.includes('node:')));
    const text = message === '' ? name : `${name}: ${message}`;
    return defined({ text, message: message || name, place: place && shorten(place) });
  } catch {
    return plain('a value that cannot be printed');
  }
}

/**
 * The thrown value if it is a GaussmarkError. Never throws, although `instanceof` on a plugin's proxy may.
 *
 * @example
 * gaussmarkErrorOf(new TypeError('x is not a function')); // = undefined
 */
export function gaussmarkErrorOf(thrown: unknown): GaussmarkError | undefined {
  try {
    return thrown instanceof GaussmarkError ? thrown : undefined;
  } catch {
    return undefined;
  }
}

/** With a file: `Array.map (<anonymous>)` is no place. */
const FRAME = /^\s+at .*:\d+:\d+\)?$/;
/** The packages that plugins call. */
const LIBRARY =
  /[\\/](?:packages|@gaussmark)[\\/](?:autodiff|core|linalg|optim|problem|random)[\\/]dist[\\/]/;
/** The packages that call plugins. */
const HOST =
  /[\\/](?:packages|@gaussmark)[\\/](?:cell|harness|steps|worker|(?:engine|plugin)-conformance)[\\/]dist[\\/]/;

function placeOf([first, ...others]: readonly string[]): string | undefined {
  const caller = [first, ...others].find((frame) => frame !== undefined && !LIBRARY.test(frame));
  return (caller === undefined || HOST.test(caller) ? first : caller)?.trim();
}

/**
 * Whether a place is in the harness or its libraries, so that it says nothing to a plugin's author.
 *
 * @internal
 */
export const isOwnPlace = (place: string): boolean => LIBRARY.test(place) || HOST.test(place);

const plain = (text: string): ThrownDescription => ({ text, message: text });

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (typeof thrown !== 'object' || thrown === null) return `threw ${String(thrown)}`;
  return `threw ${Object.prototype.toString.call(thrown)}`;
}
