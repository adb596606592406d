// Strict JSON: mistakes that JSON.parse accepts silently become errors with a position.

import { GaussmarkError } from './errors.js';
import { pointerTo } from './json.js';

export interface JsonSource {
  /** Names the document in errors. */
  readonly label: string;
  readonly file?: string | undefined;
  readonly plugin?: string | undefined;
}

/** Levels of nesting: far more than any document needs, and safe for recursion. */
export const DEEPEST_JSON = 100;

/**
 * Parses a JSON document.
 *
 * @throws GaussmarkError if it is not JSON, has a duplicate key (JSON.parse would keep the last), has a key `__proto__`, or
 *   exceeds {@link DEEPEST_JSON} levels of nesting.
 * @internal
 */
export function parseJson(text: string, source: JsonSource): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    const reason = text.trim() === '' ? 'the file is empty' : (cause as Error).message;
    throw new GaussmarkError(`${source.label} is not valid JSON: ${reason}`, { ...detailsOf(source), cause });
  }
  rejectUnsafe(text, source);
  return document;
}

/** An open bracket: a list counts its items; a record has its keys, and the one whose value is being read. */
type Level = { index: number } | { readonly keys: Set<string>; key: string | undefined };

/** Walks over the tokens of valid JSON. */
function rejectUnsafe(text: string, source: JsonSource): void {
  const tokens = /["{}[\],]/g;
  const levels: Level[] = [];
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const level = levels.at(-1);
    switch (found[0]) {
      case '{':
      case '[':
        if (levels.length === DEEPEST_JSON) throw tooDeep(text, found.index, levels, source);
        levels.push(found[0] === '[' ? { index: 0 } : { keys: new Set(), key: undefined });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level !== undefined && 'index' in level) level.index += 1;
        else if (level !== undefined) level.key = undefined;
        break;
      default: {
        tokens.lastIndex = endOfString(text, found.index);
        if (level === undefined || 'index' in level || level.key !== undefined) break;
        const key = JSON.parse(text.slice(found.index, tokens.lastIndex)) as string;
        level.key = key;
        if (level.keys.has(key) || key === '__proto__') throw badKey(key, text, found.index, levels, source);
        level.keys.add(key);
      }
    }
  }
}

/** The position after the string that begins at `start`. (A regular expression overflows V8's stack at 10 MB.) */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charAt(at - 1 - backslashes) === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
}

function badKey(
  key: string,
  text: string,
  at: number,
  levels: readonly Level[],
  source: JsonSource,
): GaussmarkError {
  const problem = key === '__proto__' ? `the key '${key}' is not allowed` : `duplicate key '${key}'`;
  return new GaussmarkError(`${source.label}, ${placeOf(text, at)}: ${problem}`, {
    ...detailsOf(source),
    pointer: pointerOf(levels),
    remedy: key === '__proto__' ? 'rename it' : 'remove one of them',
  });
}

function tooDeep(text: string, at: number, levels: readonly Level[], source: JsonSource): GaussmarkError {
  return new GaussmarkError(`${source.label}, ${placeOf(text, at)}: nested too deeply`, {
    ...detailsOf(source),
    pointer: pointerOf(levels.slice(0, 5)),
    expected: `at most ${DEEPEST_JSON} levels of brackets`,
    got: 'more',
  });
}

function pointerOf(levels: readonly Level[]): string {
  return levels.reduce((at, level) => pointerTo(at, 'index' in level ? level.index : (level.key ?? '')), '');
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

const detailsOf = ({ file, plugin }: JsonSource) => ({ file, plugin });
