// The registry of a command: what was found, with a word on what is broken.

import { discover, GaussmarkError, type Registry } from '@gaussmark/core';
import type { Locations } from '@gaussmark/harness';

/** Finds the plugins around a command. */
export function findPlugins({ cwd, workspaceRoot, extra }: Locations): Promise<Registry> {
  return discover({ cwd, workspaceRoot, extra });
}

/**
 * A plugin that the user gave by path must be sound; others are only needed where they are used.
 *
 * @throws GaussmarkError that says what is wrong with the one given.
 */
export function demandGivenPlugins({ broken }: Registry): void {
  const given = broken.find(({ source }) => source === 'path');
  if (given === undefined) return;
  throw (
    given.error ??
    new GaussmarkError(`cannot use the plugin at ${given.path}: ${given.reason}`, {
      file: given.path,
      remedy: 'mend it, or leave --plugin out',
    })
  );
}

/** One line per broken plugin that nobody asked for. */
export function brokenNotes({ broken }: Registry): string[] {
  return broken
    .filter(({ source, shadowed }) => source !== 'path' && !shadowed)
    .map(({ kind, name, path, reason }) => `ignored: ${kind ?? 'plugin'} ${name ?? path}: ${reason}`);
}
