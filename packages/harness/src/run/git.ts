// Git, as far as reports need it.

import { x } from 'tinyexec';

/**
 * What a git command prints, trimmed. It takes no locks, so it never writes to the repository.
 *
 * @throws Error if git is missing, fails, or takes more than 5 s
 */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  const options = { throwOnError: true, timeout: 5000, nodeOptions: { cwd: directory } };
  const { stdout } = await x('git', ['--no-optional-locks', ...args], options);
  return stdout.trim();
}
