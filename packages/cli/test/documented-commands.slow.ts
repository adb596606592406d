// Runs every documented command as a reader would.

import { afterAll, describe, expect, it } from 'vitest';
import { documentedBlocks } from './documented/commands.js';
import { DocumentedShell } from './documented/run-block.js';

const blocks = await documentedBlocks();
const shell = await DocumentedShell.open();
afterAll(() => shell.close());

describe.each(blocks)('$place', (block) => {
  it('shows commands that work', async () => {
    expect(await shell.run(block, { isRun: true })).toEqual([]);
  }, 600_000);
});
