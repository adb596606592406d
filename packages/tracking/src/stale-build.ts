// Whether a checkout was built from its present sources: measurements run the build.

import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { GaussmarkError } from '@gaussmark/core';

/** In a checkout of the project; an installed gaussmark has no script, and no sources that could be newer. */
const CHECK = path.join('scripts', 'build-record.mjs');

/**
 * Refuses a checkout whose sources changed after its build. The checkout's own script decides, by contents and not by file times.
 *
 * @param name what the user called it
 * @returns false if the revision has no such script and cannot tell
 * @throws GaussmarkError that names the packages to build
 */
export async function demandCurrentBuild(name: string, directory: string): Promise<boolean> {
  const script = path.join(directory, CHECK);
  const knows = await access(script).then(
    () => true,
    () => false,
  );
  if (!knows) return false;
  const run = promisify(execFile)(process.execPath, [script, '--check', directory], { cwd: directory });
  const stale = await run.then(
    () => [],
    (error: { readonly code?: unknown; readonly stdout?: string }) => {
      if (error.code === 1 && error.stdout) return error.stdout.trim().split('\n');
      throw error;
    },
  );
  if (stale.length === 0) return true;
  throw new GaussmarkError(`${name} is not built from its present sources`, {
    expected: 'packages built after their last change',
    got: `${stale.join(', ')}: ${stale.length === 1 ? 'its sources have' : 'their sources have'} changed since`,
    remedy: name === '.' ? "run 'pnpm build'" : `run 'pnpm install && pnpm build' in ${name}`,
  });
}
