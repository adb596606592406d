// Runs external tools without a shell.

import { defined, GaussmarkError } from '@gaussmark/core';
import { type Output, x } from 'tinyexec';

export interface RunOptions {
  /** Aborts the tool. */
  readonly signal?: AbortSignal;
  /** Variables to add to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Last lines of a failed tool's errors to quote. */
const QUOTED_LINES = 12;

/**
 * A tool's standard output.
 *
 * @throws GaussmarkError quoting the end of its errors if it fails
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  { signal, environment }: RunOptions = {},
): Promise<string> {
  const failure = (reason: string, cause?: unknown) =>
    new GaussmarkError(`${tool} failed: ${args.slice(0, 4).join(' ')}`, {
      got: reason.split('\n').slice(-QUOTED_LINES).join('\n'),
      cause,
    });
  let result: Output;
  let signalled: string | null;
  try {
    const nodeOptions = environment === undefined ? undefined : { env: { ...environment } };
    const running = x(tool, args, { ...defined({ signal, nodeOptions }), nodePath: false });
    result = await running;
    signalled = running.signalCode;
  } catch (cause) {
    throw failure((cause as Error).message, cause);
  }
  signal?.throwIfAborted();
  const { stdout, stderr, exitCode } = result;
  if (exitCode === 0) return stdout;
  const end = signalled === null ? `exit code ${exitCode}` : `ended by ${signalled}`;
  throw failure(signalled === null && stderr.trim() !== '' ? stderr.trim() : `${stderr}\n${end}`.trim());
}

/** @throws GaussmarkError with the remedy if the tool does not run */
export async function demandTool(
  tool: string,
  args: readonly string[],
  remedy: string,
  options: RunOptions = {},
): Promise<void> {
  try {
    await runTool(tool, args, options);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new GaussmarkError(`${[tool, ...args].join(' ')} does not run`, { remedy, cause });
  }
}
