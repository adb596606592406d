// The help of every command on 80 columns, as file snapshots; update them with `vitest run help.test -u`.

import { expect, it } from 'vitest';
import { WORKSPACE } from '../../harness/test/fixtures.js';
import { COMMANDS } from '../src/commands.js';
import { benchHere } from './bench.js';

it.each(['', ...Object.keys(COMMANDS)])('of bench %s', async (command) => {
  const args = command === '' ? ['--help'] : [command, '--help'];
  const { code, stdout, stderr } = await benchHere(args, WORKSPACE, 80);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(new RegExp(`Examples:\\n[^]*bench ${command}`));
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  await expect(stdout).toMatchFileSnapshot(`screens/help${command && '-'}${command}.txt`);
});
