// From nothing to a plugin that conforms: bench new, then bench check. new-and-check.slow.ts has the other kinds, and failures.

import type { PluginReport } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();

async function check(...args: readonly string[]) {
  const { code, stdout, stderr } = await benchHere(['check', ...args, '--json', '--quiet'], directory.path);
  const { plugins = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as { plugins?: readonly PluginReport[] };
  const findings = Object.fromEntries(
    plugins.flatMap((report) => report.findings.map((finding) => [finding.check, finding] as const)),
  );
  return { code, stderr, findings };
}

const failed = (findings: Awaited<ReturnType<typeof check>>['findings']) =>
  Object.values(findings)
    .filter(({ status }) => status === 'fail')
    .map((finding) => finding.check);

it('a new optimizer conforms as it is', async () => {
  const made = await benchHere(['new', 'optimizer', 'first-try'], directory.path);
  expect([made.code, made.stderr]).toEqual([0, '']);
  const { code, findings } = await check('optimizer-first-try');
  expect([code, failed(findings)]).toEqual([0, []]);
  expect(findings['test.ts']).toMatchObject({ status: 'pass', found: '1 passed' });
  expect(findings.hyperparameters).toMatchObject({ status: 'pass', found: 'each of 2 changes a number' });
});

it.each([
  ['nowhere', /no such file or folder[\s\S]*give the folder of a plugin/],
  ['.', /neither a package\.json nor a manifest\.json/],
])('refuses %s', async (place, message) => {
  const { code, stderr } = await check(place);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

it('says that the name is taken by a built-in plugin', async () => {
  const { code, stderr } = await benchHere(['new', 'optimizer', 'sgd', '--js'], directory.path);
  expect([code, stderr]).toEqual([0, "optimizer 'sgd' exists already: with --plugin, yours replaces it\n"]);
});
