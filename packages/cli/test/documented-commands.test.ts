// Every documented command parses: its options, scripts and files exist. documented-commands-*.slow.ts run them.

import { afterAll, describe, expect, it } from 'vitest';
import { documentedBlocks } from './documented/commands.js';
import { DocumentedShell } from './documented/run-block.js';
import { halvesOf } from './documented/run-half.js';
import { GIVEN, LIMITS, NOT_RUN, ONCE } from './documented/table.js';

const blocks = await documentedBlocks();
const shell = await DocumentedShell.open();
afterAll(() => shell.close(), 60_000);

describe.each(blocks)('$place', (block) => {
  it('shows commands that parse', async () => {
    expect(await shell.run(block, { isRun: false })).toEqual([]);
  });
});

it('finds the commands, and no unused entries of the table', () => {
  const commands = shell.seen.map(({ words }) => words.join(' '));
  expect(commands.length).toBeGreaterThan(100);
  const entries = [...NOT_RUN.map(({ command }) => command), ...LIMITS.map(([command]) => command), ...ONCE];
  expect(entries.filter((entry) => !commands.some((command) => entry.test(command)))).toEqual([]);
  const texts = blocks.map(({ lines }) => lines.join('\n'));
  expect(GIVEN.filter(([first]) => !texts.some((text) => first.test(text)))).toEqual([]);
});

it('runs every block in one of the halves', () => {
  const halves = halvesOf(blocks);
  const places = halves.flat().map(({ place }) => place);
  expect(places.toSorted()).toEqual(blocks.map(({ place }) => place).toSorted());
  const [first, second] = halves.map((half) => half.flatMap(({ lines }) => lines).length);
  expect(Math.abs(first! - second!)).toBeLessThan(30);
});
