// Runs the command line in its own process or in this one.

import { spawn } from 'node:child_process';
import path from 'node:path';
import pc from 'picocolors';
import { WORKSPACE } from '../../harness/test/fixtures.js';
// Built, as its workers are.
import { main } from '../dist/main.js';
import type { Sink } from '../src/screen.js';

// Not the user's data, here and in child processes.
process.env.GAUSSMARK_DATA = '';

export const EXECUTABLE = path.join(WORKSPACE, 'packages/cli/bin/bench.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line in its own process, for tests of what a process does: signals, streams, exit. `onStderr` gets
 * everything written so far.
 */
export function bench(
  args: readonly string[],
  cwd: string,
  onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [EXECUTABLE, ...args], { cwd, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const HOME = process.cwd();
let running = 0;

/** Runs the command line in this process, which takes a second less. */
export async function benchHere(args: readonly string[], cwd: string, columns = 100): Promise<Finished> {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Sink => ({
    write: (text) => {
      written[name] += text;
    },
    writeDocument: (content) => {
      written[name] += typeof content === 'string' ? content : [...content].join('');
    },
    isTerminal: false,
    columns,
    colors: pc.createColors(false),
  });
  // Workers inherit it. Commands that run at the same time share it.
  process.chdir(cwd);
  running++;
  try {
    const code = await main(args, cwd, { out: sink('out'), err: sink('err') });
    return { code, stdout: written.out, stderr: written.err };
  } finally {
    running--;
    if (running === 0) process.chdir(HOME);
  }
}

/** The datasets that are not fully on this machine. */
export async function missingDatasets(cwd: string): Promise<ReadonlySet<string>> {
  const { stdout } = await benchHere(['data', '--json'], cwd);
  const { datasets } = JSON.parse(stdout) as { datasets: { name: string; status: string }[] };
  return new Set(datasets.filter(({ status }) => status !== 'present').map(({ name }) => name));
}
