// Strict text decoding: invalid bytes are errors with a position, never replacement characters.

import { createRequire } from 'node:module';
import { GaussmarkError } from './errors.js';

const require = createRequire(import.meta.url);

export interface DecodeOptions {
  /** Names the text in errors. */
  readonly label: string;
  readonly file?: string | undefined;
  readonly plugin?: string | undefined;
  /** A label of the WHATWG Encoding Standard (`windows-1251`, `gbk`); a byte-order mark takes precedence. Default: UTF-8. */
  readonly encoding?: string | undefined;
  /** How to fix a failure, given the encoding that the bytes look like. */
  readonly remedy?: ((likely: string | undefined) => string) | undefined;
}

const MARKS = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
] as const;

/** No decoder here reads UTF-32; its little-endian mark begins like that of UTF-16. */
const UTF_32_MARKS = [
  [0xff, 0xfe, 0, 0],
  [0, 0, 0xfe, 0xff],
] as const;

/** Bytes from which the encoding is guessed. */
const SAMPLE = 64 * 1024;

/**
 * Decodes text by its byte-order mark (UTF-8, UTF-16), which is dropped; without one, as `encoding`.
 *
 * @throws GaussmarkError for an unknown encoding, the first invalid byte, or a NUL character; with line, column and the
 *   encoding that the bytes look like.
 * @example
 * decodeText(Uint8Array.of(0x68, 0x69), { label: 'notes.txt' }); // = 'hi'
 * decodeText(Uint8Array.of(0xe4), { label: 'notes.txt', encoding: 'windows-1252' }); // = 'ä'
 */
export function decodeText(bytes: Uint8Array, options: DecodeOptions): string {
  if (UTF_32_MARKS.some((mark) => mark.every((byte, i) => bytes[i] === byte))) throw isUtf32(options);
  const mark = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  const encoding = mark?.[0] ?? canonicalEncoding(options);
  const body = mark === undefined ? bytes : bytes.subarray(mark[1].length);
  const text = decodeAll(body, encoding);
  if (text === undefined) throw undecodable(body, encoding, options);
  const nul = text.indexOf('\0');
  if (nul < 0) return text;
  const likely = likelyUtf16(body);
  throw failure(likely === undefined ? { ...options, remedy: removeNul } : options, {
    problem: 'contains a NUL character',
    expected: 'text without NUL characters',
    got: `NUL at ${placeAfter(text.slice(0, nul))}`,
    likely,
  });
}

const removeNul = () => 'remove the NUL character';

function isUtf32({ label, file, plugin }: DecodeOptions): GaussmarkError {
  return new GaussmarkError(`${label} is UTF-32, which is not supported`, {
    file,
    plugin,
    expected: 'UTF-8, or UTF-16 with a byte-order mark',
    got: 'a UTF-32 byte-order mark',
    remedy: saveAsUtf8(),
  });
}

function canonicalEncoding({ encoding = 'utf-8', label, file, plugin }: DecodeOptions): string {
  try {
    return new TextDecoder(encoding).encoding;
  } catch (cause) {
    throw new GaussmarkError(`${label}: unknown encoding '${encoding}'`, {
      file,
      plugin,
      expected: 'a name such as utf-8, utf-16le, windows-1251, iso-8859-2, shift_jis or gbk',
      cause,
    });
  }
}

/** The text, or `undefined` for invalid bytes. An incomplete character at the end is invalid only if `complete`. */
function decodeAll(bytes: Uint8Array, encoding: string, complete = true): string | undefined {
  try {
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    const text = decoder.decode(bytes, { stream: !complete });
    return encoding === 'windows-1252' ? text.replace(C1, windows1252) : text;
  } catch {
    return undefined;
  }
}

const C1 = /[\u0080-\u009F]/g;
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Some releases of Node decode windows-1252 as ISO 8859-1; this corrects the characters 0x80 to 0x9F. */
const windows1252 = (control: string): string => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80);

function undecodable(bytes: Uint8Array, encoding: string, options: DecodeOptions): GaussmarkError {
  const start = firstBadByte(bytes, encoding);
  const byte = `0x${bytes[start]!.toString(16).toUpperCase().padStart(2, '0')}`;
  const place = placeAfter(decodeAll(bytes.subarray(0, start), encoding) ?? '');
  const name = encoding.toUpperCase();
  return failure(options, {
    problem: `is not valid ${name}`,
    expected: encoding === 'utf-8' ? 'UTF-8, or UTF-16 with a byte-order mark' : `text in ${name}`,
    got: `byte ${byte} at ${place}`,
    likely: likelyEncoding(bytes),
  });
}

/** The start of the first character that cannot be decoded. */
function firstBadByte(bytes: Uint8Array, encoding: string): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (decodeAll(bytes.subarray(0, middle), encoding, false) === undefined) bad = middle;
    else good = middle;
  }
  // The valid prefix found so far may end inside a character.
  while (good > 0 && decodeAll(bytes.subarray(0, good), encoding) === undefined) good -= 1;
  return Math.min(good, bytes.length - 1);
}

function placeAfter(text: string): string {
  const lines = text.split(/\r\n|\n|\r/);
  return `line ${lines.length}, column ${[...lines.at(-1)!].length + 1}`;
}

function likelyEncoding(bytes: Uint8Array): string | undefined {
  const { detect } = require('chardet') as typeof import('chardet');
  const guess = likelyUtf16(bytes) ?? detect(bytes.subarray(0, SAMPLE));
  if (guess === null || /^(?:ascii|utf-8)$/i.test(guess)) return undefined;
  try {
    return new TextDecoder(guess).encoding;
  } catch {
    return undefined; // Node cannot decode this encoding.
  }
}

/** UTF-16 without a byte-order mark: in mostly Latin text, every other byte is 0. */
function likelyUtf16(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 1].map((parity) => sample.filter((byte, i) => byte === 0 && i % 2 === parity).length);
  const many = sample.length / 8;
  if (zeros[1]! > many && zeros[0]! * 8 < zeros[1]!) return 'utf-16le';
  return zeros[0]! > many && zeros[1]! * 8 < zeros[0]! ? 'utf-16be' : undefined;
}

function failure(
  { label, file, plugin, remedy = saveAsUtf8 }: DecodeOptions,
  details: Readonly<Record<'problem' | 'expected' | 'got', string>> & { readonly likely: string | undefined },
): GaussmarkError {
  const { problem, expected, got, likely } = details;
  return new GaussmarkError(`${label} ${problem}`, {
    file,
    plugin,
    expected,
    got: likely === undefined ? got : `${got}; the bytes look like ${likely}`,
    remedy: remedy(likely),
  });
}

const saveAsUtf8 = () => 'save it as UTF-8';
