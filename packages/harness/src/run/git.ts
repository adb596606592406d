// Git, as far as reports need it.

import { x } from 'tinyexec';

const TIMEOUT_MS = 5000;

/**
 * What a git command prints, trimmed. It takes no locks, so it never writes to the repository.
 *
 * @throws Error if git is missing, fails, or takes more than 5 s
 */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await x('git', ['--no-optional-locks', ...args], {
    throwOnError: true,
    timeout: TIMEOUT_MS,
    nodeOptions: { cwd: directory },
  });
  return stdout.trim();
}
