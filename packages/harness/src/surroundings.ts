// Where plugins, data and reports are, seen from a user's directory.

import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Surroundings } from './cell/cell.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const WORKSPACE_FILE = 'pnpm-workspace.yaml';

/**
 * The surroundings of a command run in `cwd`. Plugins are those of the harness's own workspace if it runs from one, of
 * the user's project, and at the paths given.
 */
export function surroundingsOf(cwd: string, extra: readonly string[] | undefined = []): Surroundings {
  const workspaceRoot = ancestorWith(WORKSPACE_FILE, PACKAGE) ?? ancestorWith(WORKSPACE_FILE, cwd);
  return {
    cwd,
    ...(workspaceRoot === undefined ? {} : { workspaceRoot }),
    extra,
    cacheDirectory: cacheDirectory(),
  };
}

/** `reports/latest` of the workspace around `cwd`, or of `cwd`. */
export function defaultReportDirectory(cwd: string): string {
  return path.join(ancestorWith(WORKSPACE_FILE, cwd) ?? cwd, 'reports', 'latest');
}

/** GAUSSMARK_CACHE, or the folder that the system sets apart for caches. */
function cacheDirectory(): string {
  const { GAUSSMARK_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (GAUSSMARK_CACHE) return path.resolve(GAUSSMARK_CACHE);
  const home = os.homedir();
  const base =
    process.platform === 'win32'
      ? (LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'))
      : process.platform === 'darwin'
        ? path.join(home, 'Library', 'Caches')
        : XDG_CACHE_HOME || path.join(home, '.cache');
  return path.join(base, 'gaussmark');
}

function ancestorWith(file: string, start: string): string | undefined {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, file))) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}
