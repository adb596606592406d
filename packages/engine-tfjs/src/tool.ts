// Tools of the machine, run without a shell.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GaussmarkError } from '@gaussmark/core';

const execute = promisify(execFile);

export interface RunOptions {
  /** Ends the tool. */
  readonly signal?: AbortSignal;
}

const MAX_OUTPUT_BYTES = 64 * 2 ** 20;
/** Lines of what a tool complained about that are shown. */
const SHOWN_LINES = 12;

/**
 * What a tool writes to its standard output.
 *
 * @throws GaussmarkError with the end of its complaints if it fails
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  { signal }: RunOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(tool, [...args], { signal, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const { stderr = '', message } = cause as { readonly stderr?: string; readonly message: string };
    const lines = (stderr.trim() || message).split('\n');
    throw new GaussmarkError(`${tool} failed: ${args.slice(0, 4).join(' ')}`, {
      got: lines.slice(-SHOWN_LINES).join('\n'),
      cause,
    });
  }
}

/** @throws GaussmarkError with the remedy if the tool is not there */
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
