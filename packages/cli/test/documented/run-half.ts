// Runs half of the documented commands as a reader would; the halves run side by side.

import { afterAll, describe, expect, it } from 'vitest';
import { documentedBlocks } from './commands.js';
import { DocumentedShell } from './run-block.js';

/** Defines a test for every second block: the first, third, ... or the second, fourth, ... */
export async function runHalf(half: 'even' | 'odd'): Promise<void> {
  const blocks = await documentedBlocks();
  const shell = await DocumentedShell.open();
  afterAll(() => shell.close(), 60_000);

  describe.each(blocks.filter((_, i) => i % 2 === (half === 'even' ? 0 : 1)))('$place', (block) => {
    it('shows commands that work', async () => {
      expect(await shell.run(block, { isRun: true })).toEqual([]);
    }, 600_000);
  });
}
