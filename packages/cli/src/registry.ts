// The plugins of a command: found, and checked for broken ones.

import type { Locations } from '@gaussmark/cell';
import { discover, GaussmarkError, type Registry } from '@gaussmark/core';

/** Finds the plugins around a command. */
export function findPlugins({ cwd, workspaceRoot, extra }: Locations): Promise<Registry> {
  return discover({ cwd, workspaceRoot, extra });
}

/**
 * @param remedy for a path that is no plugin
 * @throws GaussmarkError if a plugin given by path is broken; others only matter where they are used
 */
export function requireNamedPlugins({ broken }: Registry, remedy = 'fix it, or drop --plugin'): void {
  const given = broken.find(({ source }) => source === 'path');
  if (given === undefined) return;
  throw (
    given.error ??
    new GaussmarkError(`cannot use the plugin at ${given.path}: ${given.reason}`, {
      file: given.path,
      remedy,
    })
  );
}

/** A line for each broken plugin that was not given with --plugin. */
export function brokenNotes({ broken }: Registry): string[] {
  return broken
    .filter(({ source, shadowed }) => source !== 'path' && !shadowed)
    .map(({ kind, name, path, reason }) => `ignored: ${kind ?? 'plugin'} ${name ?? path}: ${reason}`);
}
