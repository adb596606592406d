// A plugin's own tests: `test.ts` or `test.js` in its folder, run by Node with the packages that a plugin can import.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFile } from '@gaussmark/core';
import { type Check, fail } from './finding.js';

const NAMES = ['test.ts', 'test.mts', 'test.js', 'test.mjs'];
const HOOKS = new URL('./test-hooks.js', import.meta.url).href;
const SECONDS = 60;
/** Characters of a test's output that are kept. */
const LONGEST = 100_000;

/** One check per file. */
export async function ownTests(directory: string): Promise<readonly Check[]> {
  const files = NAMES.map((name) => path.join(directory, name));
  const present = await Promise.all(files.map(isFile));
  return files
    .filter((_, i) => present[i])
    .map((file) => ({
      name: path.basename(file),
      remedy: `fix the plugin or the test; run it alone with node --import ${fileURLToPath(HOOKS)} ${path.basename(file)}`,
      run: () => runTests(file),
    }));
}

async function runTests(file: string): Promise<string> {
  const code = `await import(${JSON.stringify(pathToFileURL(file).href)})`;
  const { status, output } = await run(
    ['--import', HOOKS, '--input-type=module', '--eval', code],
    path.dirname(file),
  );
  // TAP or the spec reporter, by the version of Node.
  const count = (word: string) => Number(new RegExp(`^[#ℹ] ${word} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  const [passed, failed] = [count('pass'), count('fail') + count('cancelled')];
  if (status === null) fail(`did not end within ${SECONDS} s`);
  if (status !== 0)
    fail(
      `${failed === 0 ? `ended with exit code ${status}` : `${failed} of ${passed + failed} failed`}: ${reasonIn(output)}`,
    );
  if (passed === 0) fail('has no tests: it passed none', 'use test from node:test');
  return `${passed} passed`;
}

/** The first message of a failed test. */
function reasonIn(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const error =
    lines.find((line) => /^error: ['"|]?\S/.test(line)) ?? lines.find((line) => /Error\b.*:/.test(line));
  return (error ?? lines.filter(Boolean).at(-1) ?? 'no output').replace(/^error: /, '').slice(0, 300);
}

function run(args: readonly string[], cwd: string): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-LONGEST);
      });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, SECONDS * 1000);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ status: late ? null : (code ?? 1), output });
    });
  });
}
