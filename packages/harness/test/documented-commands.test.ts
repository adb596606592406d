// Every command of the documentation, run as a reader would: a page must not show what fails. Slow ones are only read here;
// documented-commands.slow.ts runs them.

import { afterAll, describe, expect, it } from 'vitest';
import { documentedBlocks } from './documented/commands.js';
import { DocumentedShell } from './documented/run-block.js';
import { GIVEN, LIMITS, NOT_RUN, SLOW } from './documented/table.js';

const blocks = await documentedBlocks();
const shell = await DocumentedShell.open();
afterAll(() => shell.close());

describe.each(blocks)('$place', (block) => {
  it('shows commands that work', async () => {
    expect(await shell.run(block, (line) => !SLOW.test(line))).toEqual([]);
  }, 300_000);
});

it('finds the commands, and nothing in the table that no page shows', () => {
  const commands = shell.seen.map(({ words }) => words.join(' '));
  expect(commands.length).toBeGreaterThan(100);
  const entries = [...NOT_RUN.map(({ command }) => command), ...LIMITS.map(([command]) => command)];
  expect(entries.filter((entry) => !commands.some((command) => entry.test(command)))).toEqual([]);
  const texts = blocks.map(({ lines }) => lines.join('\n'));
  expect(GIVEN.filter(([shown]) => !texts.some((text) => shown.test(text)))).toEqual([]);
});
