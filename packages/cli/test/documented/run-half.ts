// Runs half of the documented commands as a reader would; the halves run side by side.

import { afterAll, describe, expect, it } from 'vitest';
import { type Block, documentedBlocks } from './commands.js';
import { DocumentedShell } from './run-block.js';
import { ONCE } from './table.js';

/** Defines a test for each block of one half. */
export async function runHalf(half: 0 | 1): Promise<void> {
  const blocks = halvesOf(await documentedBlocks())[half];
  const shell = await DocumentedShell.open();
  afterAll(() => shell.close(), 60_000);

  describe.each(blocks)('$place', (block) => {
    it('shows commands that work', async () => {
      expect(await shell.run(block, { isRun: true })).toEqual([]);
    }, 600_000);
  });
}

/** Two halves of about as many lines; blocks that share commands that run once share a half. */
export function halvesOf(blocks: readonly Block[]): [Block[], Block[]] {
  const halves: [Block[], Block[]] = [[], []];
  const known = [new Set<string>(), new Set<string>()] as const;
  const lines = [0, 0];
  for (const block of blocks) {
    const repeated = block.lines.map(withoutManager).filter((line) => ONCE.some((once) => once.test(line)));
    const [first, second] = known.map((set) => repeated.filter((line) => set.has(line)).length);
    const isFirst = first === second ? lines[0]! <= lines[1]! : first! > second!;
    const half = isFirst ? 0 : 1;
    halves[half].push(block);
    lines[half]! += block.lines.length;
    for (const line of repeated) known[half].add(line);
  }
  return halves;
}

const withoutManager = (line: string): string =>
  line.replace(/ +#.*$/, '').replace(/^(?:npx -y pnpm@12|pnpm(?: -s| --silent)?) /, '');
