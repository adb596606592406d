// Values in a selection: JSON, relaxed for the shell (bare strings, single quotes), plus ranges of integers (`1..5`,
// `1..10..3`) and of n evenly or geometrically spaced numbers (`0..1:lin5`, `0.01..1:log5`).

import { lock } from '@gaussmark/autodiff';
import stringWidth from 'string-width';
import { escapeInvisible } from './display-text.js';
import { GaussmarkError } from './errors.js';
import { canonicalJson, type JsonValue } from './json.js';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const RANGE = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/;
const DECIMAL = String.raw`[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?`;
const SPACED = new RegExp(String.raw`^(${DECIMAL})\.\.(${DECIMAL}):(lin|log)(\d+)$`);
const DOUBLE_QUOTED = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const SINGLE_QUOTED = /'[^'\\]*(?:\\.[^'\\]*)*'/sy;
const SPACE = /\s*/y;
const OBJECT_KEY = /[A-Za-z_][\w-]*/y;
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
const LONGEST_RANGE = 10_000;
/** Characters in a selection: more than any command line has. */
const LONGEST_TEXT = 2 ** 20;
/** Levels of nesting. */
const DEEPEST = 50;
/** Characters shown in an error on either side of the caret. */
const CONTEXT = 60;
/** Digits of the inner numbers of a spaced range: distinct, and the same on every machine, unlike powers. */
const SPACED_DIGITS = 6;

/**
 * Reads a text from left to right, skipping spaces between tokens.
 *
 * @internal
 */
export class SelectionReader {
  position = 0;
  #depth = 0;

  constructor(readonly text: string) {
    if (text.length <= LONGEST_TEXT) return;
    throw new GaussmarkError('a selection is too long', {
      expected: `at most ${LONGEST_TEXT} characters`,
      got: `${text.length}, beginning with '${text.slice(0, CONTEXT)}'`,
    });
  }

  /** The next character after spaces; '' at the end. */
  peek(): string {
    this.#skip(SPACE);
    return this.text.charAt(this.position);
  }

  atEnd(): boolean {
    return this.peek() === '';
  }

  accept(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position += 1;
    return true;
  }

  /** Matches a sticky pattern at the next token, and moves past it. */
  match(pattern: RegExp): RegExpExecArray | null {
    this.peek();
    return this.#skip(pattern);
  }

  #skip(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found !== null) this.position = pattern.lastIndex;
    return found;
  }

  /** An error that shows the surrounding text with a caret. */
  error(expected: string, remedy?: string, at: number = this.position): GaussmarkError {
    const code = this.text.codePointAt(at);
    const got = code === undefined ? 'the end of the text' : `'${String.fromCodePoint(code)}'`;
    const part = (from: number, to: number) =>
      visible(this.text.slice(from, to).replace(HALF_CHARACTERS, ''));
    const start = at > CONTEXT ? at - CONTEXT : 0;
    const before = `${start > 0 ? '…' : ''}${part(start, at)}`;
    const after = `${part(at, at + CONTEXT)}${at + CONTEXT < this.text.length ? '…' : ''}`;
    const picture = `invalid selection\n    ${before}${after}\n    ${' '.repeat(stringWidth(before))}^`;
    return new GaussmarkError(picture, { expected, got, remedy });
  }

  /** The values of one item: several for a range, else one. */
  values(): JsonValue[] {
    this.peek();
    const start = this.position;
    const value = this.#value(',]');
    if (value instanceof Range) return this.#expand(value, start);
    return value instanceof SpacedRange ? this.#space(value, start) : [value];
  }

  #value(terminators: string): JsonValue | Range | SpacedRange {
    switch (this.peek()) {
      case '[':
        return this.#nested(() => this.#list());
      case '{':
        return this.#nested(() => this.#record());
      case '"':
      case "'":
        return this.quoted();
      default:
        return this.#bare(terminators);
    }
  }

  #nested<T>(read: () => T): T {
    if (this.#depth === DEEPEST) throw this.#tooDeep();
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #tooDeep(): GaussmarkError {
    return this.error(`at most ${DEEPEST} levels of brackets`);
  }

  /** A value inside a list or record, where ranges are not allowed. */
  #single(terminators: string): JsonValue {
    this.peek();
    const start = this.position;
    const value = this.#value(terminators);
    if (!(value instanceof Range || value instanceof SpacedRange)) return value;
    throw this.error(
      'a single value',
      'a range gives a hyperparameter several values; it cannot be part of one',
      start,
    );
  }

  #list(): JsonValue[] {
    this.accept('[');
    const items: JsonValue[] = [];
    if (this.accept(']')) return items;
    do items.push(this.#single(',]'));
    while (this.accept(','));
    if (!this.accept(']')) throw this.error("',' or ']'");
    return items;
  }

  #record(): { [key: string]: JsonValue } {
    this.accept('{');
    const entries: [string, JsonValue][] = [];
    if (this.accept('}')) return {};
    do {
      const key = isQuote(this.peek()) ? this.quoted() : this.match(OBJECT_KEY)?.[0];
      if (key === undefined) throw this.error('a key');
      if (!this.accept(':')) throw this.error("':'");
      entries.push([key, this.#single(',}')]);
    } while (this.accept(','));
    if (!this.accept('}')) throw this.error("',' or '}'");
    return Object.fromEntries(entries);
  }

  /** A quoted string at the current position. */
  quoted(): string {
    const start = this.position;
    const double = this.text.charAt(start) === '"';
    const found = this.#skip(double ? DOUBLE_QUOTED : SINGLE_QUOTED)?.[0];
    if (found === undefined) throw this.error(`a closing ${double ? '"' : "'"}`, undefined, this.text.length);
    if (!double) return found.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
    try {
      return JSON.parse(found) as string;
    } catch {
      throw this.error('a string in JSON form', 'write a backslash inside double quotes as \\\\', start);
    }
  }

  /** Unquoted text up to a terminator, including anything in brackets (`mlp[hidden=[20,20]]`). */
  #bare(terminators: string): JsonValue | Range | SpacedRange {
    const start = this.position;
    const end = `${terminators}=`;
    const text = this.skipTo((character) => end.includes(character)).trimEnd();
    if (text === '') throw this.error('a value', 'write "" for an empty string', start);
    return this.#literal(text, start);
  }

  /**
   * Skips to the next character that satisfies `ends` outside brackets and quotes, or to the end. Returns the skipped
   * text.
   */
  skipTo(ends: (character: string) => boolean): string {
    const start = this.position;
    const open: string[] = [];
    for (; this.position < this.text.length; this.position++) {
      const character = this.text.charAt(this.position);
      if (open.length === 0 && ends(character)) break;
      const closing = CLOSING[character];
      if (closing !== undefined) {
        if (open.length === DEEPEST) throw this.#tooDeep();
        open.push(closing);
      } else if (character === open.at(-1)) open.pop();
      else if (open.length > 0 && isQuote(character) && this.#startsValue(open.at(-1))) {
        this.quoted();
        this.position -= 1;
      }
    }
    if (open.length > 0) throw this.error(`'${open.at(-1)}'`, 'close every bracket');
    return this.text.slice(start, this.position);
  }

  /** A quotation mark starts a string only here; elsewhere it is an ordinary character: `csv[path=Tom's data/a.csv]`. */
  #startsValue(closing: string | undefined): boolean {
    let before = this.position - 1;
    while (before >= 0 && /\s/.test(this.text.charAt(before))) before -= 1;
    return (closing === '}' ? '{,:' : '[,=').includes(this.text.charAt(before));
  }

  #literal(text: string, start: number): JsonValue | Range | SpacedRange {
    if (text === 'true') return true;
    if (text === 'false') return false;
    if (text === 'null') return null;
    const range = RANGE.exec(text);
    if (range !== null) return new Range(Number(range[1]), Number(range[2]), range[3]);
    const spaced = SPACED.exec(text);
    if (spaced !== null) {
      const scale = spaced[3] === 'log' ? 'log' : 'lin';
      return new SpacedRange(Number(spaced[1]), Number(spaced[2]), scale, Number(spaced[4]));
    }
    if (!NUMBER.test(text)) return text;
    const number = Number(text);
    if (!Number.isFinite(number)) throw this.error('a number below 1.8e308', undefined, start);
    return number === 0 ? 0 : number;
  }

  #expand({ start, stop, step }: Range, at: number): number[] {
    const direction = stop < start ? -1 : 1;
    const by = step === undefined ? direction : Number(step);
    if (by === 0 || Math.sign(by) !== direction) {
      throw this.error(
        `a range whose step leads from ${start} to ${stop}`,
        'write a range as start..stop or start..stop..step',
        at,
      );
    }
    if (![start, stop, by].every(Number.isSafeInteger)) {
      throw this.error(`a range of whole numbers below ${Number.MAX_SAFE_INTEGER}`, undefined, at);
    }
    const count = Math.floor((stop - start) / by) + 1;
    if (count > LONGEST_RANGE) throw this.error(`a range of at most ${LONGEST_RANGE} values`, undefined, at);
    return Array.from({ length: count }, (_, i) => start + i * by);
  }

  /** The values a + (b - a) i / (n - 1), or a (b / a)^(i / (n - 1)), for i = 0, ..., n - 1. */
  #space({ start, stop, scale, count }: SpacedRange, at: number): number[] {
    if (count < 2 || count > LONGEST_RANGE) {
      throw this.error(
        `a range of 2 to ${LONGEST_RANGE} values`,
        'end it with the number of values: 0.01..1:log5',
        at,
      );
    }
    if (scale === 'log' && (start <= 0 || stop <= 0)) {
      throw this.error('a logarithmic range with positive ends', 'use linear spacing: 0..1:lin5', at);
    }
    const inner = (i: number) => {
      const t = i / (count - 1);
      const value = scale === 'log' ? start * (stop / start) ** t : start + (stop - start) * t;
      return Number(value.toPrecision(SPACED_DIGITS));
    };
    return Array.from({ length: count }, (_, i) => (i === 0 ? start : i === count - 1 ? stop : inner(i)));
  }
}
lock(SelectionReader);

/** `0.01..1:log5`: both ends included, exactly as written. */
class SpacedRange {
  constructor(
    readonly start: number,
    readonly stop: number,
    readonly scale: 'lin' | 'log',
    readonly count: number,
  ) {}
}

/** `1..5` or `1..10..3`, both ends included. */
class Range {
  constructor(
    readonly start: number,
    readonly stop: number,
    readonly step: string | undefined,
  ) {}
}

const isQuote = (character: string) => character === '"' || character === "'";

/** Replaces each invisible character by a visible one, so that the caret points at the right place. */
/** Halves of a character that a cut went through. */
const HALF_CHARACTERS = /^[\udc00-\udfff]|[\ud800-\udbff]$/g;

const visible = (text: string) =>
  text
    .replace(/\s/g, ' ')
    .replace(/[^ ]/gu, (character) => (escapeInvisible(character) === character ? character : '�'));

/**
 * The shortest text that parses back to the value; invisible characters are escaped as in JSON.
 *
 * @internal
 */
export function formatSelectionValue(value: JsonValue): string {
  if (typeof value === 'string' && readsBackBare(value)) return value;
  return escapeInvisible(canonicalJson(value));
}

function readsBackBare(text: string): boolean {
  if (/\s/.test(text.replaceAll(' ', '')) || escapeInvisible(text) !== text) return false;
  try {
    // Parsed with the bracket that will follow it, which must not be mistaken for its own.
    const reader = new SelectionReader(`${text}]`);
    const [value] = reader.values();
    return value === text && reader.position === text.length;
  } catch (error) {
    if (error instanceof GaussmarkError) return false;
    throw error;
  }
}
