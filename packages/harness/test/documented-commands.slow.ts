// The blocks of the documentation with commands that take a while. `vitest run --config vitest.slow.config.ts` runs them.

import { afterAll, describe, expect, it } from 'vitest';
import { documentedBlocks } from './documented/commands.js';
import { DocumentedShell } from './documented/run-block.js';
import { SLOW } from './documented/table.js';

const blocks = (await documentedBlocks()).filter(({ lines }) => lines.some((line) => SLOW.test(line)));
const shell = await DocumentedShell.open();
afterAll(() => shell.close());

describe.each(blocks)('$place', (block) => {
  it('shows commands that work', async () => {
    expect(await shell.run(block, () => true)).toEqual([]);
  }, 600_000);
});
