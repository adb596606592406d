// Where plugins, data and reports are, seen from a user's directory.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locations } from '@gaussmark/cell';
import { cacheDirectory, defined } from '@gaussmark/core';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const WORKSPACE_FILE = 'pnpm-workspace.yaml';

/**
 * The locations of a command run in `cwd`. Plugins come from the harness's own workspace if it runs from one, from the user's
 * project, and from the given paths.
 */
export function locationsOf(cwd: string, extra: readonly string[] | undefined = []): Locations {
  const workspaceRoot = ancestorWith(WORKSPACE_FILE, PACKAGE) ?? ancestorWith(WORKSPACE_FILE, cwd);
  return {
    cwd,
    ...defined({ workspaceRoot }),
    extra,
    cacheDirectory: cacheDirectory(),
  };
}

/** `reports/latest` of the workspace around `cwd`, or of `cwd`. */
export function defaultReportDirectory(cwd: string): string {
  return path.join(ancestorWith(WORKSPACE_FILE, cwd) ?? cwd, 'reports', 'latest');
}

function ancestorWith(file: string, start: string): string | undefined {
  for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, file))) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}
