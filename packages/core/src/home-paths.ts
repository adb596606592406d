// Replaces the user's home directory by `~` in texts, and back.

import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The home directory; `undefined` if the system does not know the user and HOME is not set.
 *
 * @internal
 */
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
 * Makes a text safe to publish: writes `~` for the home directory, which usually contains the user's name, in paths and
 * in file URLs: `file:///home/ada/gaussmark/a.js` becomes `~/gaussmark/a.js`.
 *
 * @internal
 */
export function withoutHome(text: string): string {
  const homes = homesOf(homeDirectory());
  return homes === undefined ? text : text.replace(homes, '~');
}

/**
 * Applies {@link withoutHome} to every string and key in a JSON value.
 *
 * @internal
 */
export function valueWithoutHome<T>(value: T): T {
  return JSON.parse(withoutHome(JSON.stringify(value))) as T;
}

/**
 * Undoes {@link withoutHome}: expands a leading `~/` to the home directory.
 *
 * @internal
 */
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

/** Matches the home directory as given, with links resolved, as a URL and as JSON. `undefined` for the root directory. */
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
  // Neither inside another path nor at the start of a longer name.
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
