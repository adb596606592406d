// The user's home directory, which a process may not have, and texts that do not tell where it is.

import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The home directory; `undefined` for a user whom the system does not know and who has no HOME. */
export function homeDirectory(): string | undefined {
  let home: string;
  try {
    home = os.homedir();
  } catch {
    return undefined;
  }
  return path.isAbsolute(home) ? home : undefined;
}

/**
 * A text as it may leave the machine: the home directory, whose name is mostly the user's, is `~`, also where a file is named by
 * its URL.
 *
 * @example
 * withoutHome('at file:///home/ada/gaussmark/a.js:1') // 'at ~/gaussmark/a.js:1'
 */
export function withoutHome(text: string): string {
  const homes = homesOf(homeDirectory());
  return homes === undefined ? text : text.replace(homes, '~');
}

/** The same for all texts in a JSON value, the keys of records included. */
export function valueWithoutHome<T>(value: T): T {
  return JSON.parse(withoutHome(JSON.stringify(value))) as T;
}

/** A path that {@link withoutHome} may have written: where it begins with `~/`, that is the home directory again. */
export function withHome(file: string): string {
  const home = homeDirectory();
  return home !== undefined && /^~[\\/]/.test(file) ? path.join(home, file.slice(2)) : file;
}

let known: { readonly home: string; readonly pattern: RegExp | undefined } | undefined;

function homesOf(home: string | undefined): RegExp | undefined {
  if (home === undefined) return undefined;
  if (known?.home !== home) known = { home, pattern: patternOf(home) };
  return known.pattern;
}

/** The home as it is named, as it is linked to, as a URL has it, and as JSON writes it; `undefined` for the root of the disk. */
function patternOf(home: string): RegExp | undefined {
  const names = [home, realOf(home)].map((name) => name.replace(/[\\/]+$/, '')).filter((name) => name !== '');
  if (names.length === 0) return undefined;
  const forms = names.flatMap((name) => [
    pathToFileURL(name).href,
    `file://${name}`,
    JSON.stringify(name).slice(1, -1),
    name,
  ]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length).map(escaped);
  // Not inside another path, nor the beginning of a longer name.
  return new RegExp(`(?<![\\w.~/\\\\-])(?:${longestFirst.join('|')})(?![\\w-]|\\.[\\w-])`, 'g');
}

function realOf(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
