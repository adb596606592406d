// A plugin whose step throws: one finding, with its own line and without advice about something else.

import { discover } from '@gaussmark/core';
import { knownPlugins } from '@gaussmark/worker';
import { expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { temporaryDirectory, WORKSPACE, writeModule, writeOptimizer } from '../../harness/test/fixtures.js';
import { type CheckEvent, checkPluginTask } from '../src/check-task.js';
import type { Finding } from '../src/finding.js';

const directory = temporaryDirectory();

async function findings(kind: 'optimizer' | 'model', name: string, folder: string): Promise<Finding[]> {
  const known = knownPlugins(await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra: [folder] }));
  const events: CheckEvent[] = [];
  await checkPluginTask(
    { kind, name, from: 0, known, locations: locationsOf(WORKSPACE) },
    {
      emit: (event) => void events.push(event),
      signal: new AbortController().signal,
      observe: (engine) => engine,
    },
  );
  return events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []));
}

it('stops at a bug in the step, which every other check would meet', async () => {
  const code = `() => ({
  init: () => ({}),
  step(problem, params, state) {
    return { params: problem.grdient(params), state, metrics: {} };
  },
})`;
  const folder = await writeOptimizer(directory.path, 'buggy', code);
  const [first, rest, ...more] = await findings('optimizer', 'buggy', folder);
  expect(first).toEqual({
    check: 'shapes and dtypes',
    status: 'fail',
    found: expect.stringMatching(
      /^TypeError: problem\.grdient is not a function \(at .*buggy[\\/]index\.js:\d+:\d+\)+$/,
    ),
  });
  expect([rest, more]).toEqual([
    {
      check: expect.stringMatching(/^the other \d+$/),
      status: 'skip',
      found: "not run: they need 'shapes and dtypes'",
    },
    [],
  ]);
});

it('stops at a bug in the network', async () => {
  const code = `
import { tensorValue } from '@gaussmark/autodiff';
export default { create: () => ({
  init: () => ({ w: tensorValue('float64', [1], [1]) }),
  apply: (params, x) => [x].map((each) => each.relu())[0],
}) };`;
  const folder = await writeModule(directory.path, 'model', 'flat', code);
  const found = await findings('model', 'flat', folder);
  expect(found.map(({ check, status }) => [check, status])).toEqual([
    ['data', 'pass'],
    ['shapes', 'fail'],
    [expect.stringMatching(/^the other /), 'skip'],
  ]);
  expect(found[1]!.found).toMatch(/relu is not a function \(at .*index\.js:\d+:\d+\)+$/);
});
