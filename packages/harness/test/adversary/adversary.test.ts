// The adversary's suite: each cheat is caught, or gains at most 1 % over an honest optimizer under the same budget.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { WORKSPACE } from '../fixtures.js';
import { GAIN, gainOf, pluginOf, pluginsOf } from './cheat.js';
import { TRAINER, weightsOf } from './cheats/own-numbers.js';
import { CHEATS } from './cheats.js';
import { playground } from './play.js';

const play = playground({ trainer: TRAINER, ...pluginsOf(CHEATS) });

// What was trained elsewhere, for the cheats that bring it along.
beforeAll(async () => {
  const result = await play('trainer', { budget: { steps: 600 }, evaluateEvery: { steps: 600 } });
  process.env.GAUSSMARK_TEST_WEIGHTS = JSON.stringify(weightsOf(result));
  return () => {
    delete process.env.GAUSSMARK_TEST_WEIGHTS;
  };
});

const rows = new Map<string, readonly string[]>();

it.each(CHEATS)('$name, against $against', async (cheat) => {
  const cheating = await play(pluginOf(cheat, 'cheat'), cheat.run);
  const honest = await play(pluginOf(cheat, 'honest'), { ...cheat.run, apart: false });
  expect(honest.warnings).toBeUndefined();
  const outcome = cheat.verdict({ cheat: cheating, honest });
  const gain = gainOf(cheat, cheating, honest);
  if (cheat.gains === undefined) expect(gain ?? 0).toBeLessThanOrEqual(GAIN);
  else expect(gain).not.toBeNull();
  // By the clock, the honest run ends elsewhere each time.
  const shown = cheat.run.budget.seconds !== undefined && gain !== null ? 'none' : percent(gain);
  rows.set(cheat.name, [
    cheat.name,
    cheat.against,
    cheat.trick,
    outcome,
    cheat.gains === undefined ? shown : `${shown}, ${cheat.gains}`,
  ]);
});

/** A gain in tenths of a percent, a loss in whole ones: `0.0 %`, `-12 %`. */
function percent(gain: number | null): string {
  if (gain === null) return '–';
  const digits = gain > -0.005 ? 1 : 0;
  return `${(100 * gain).toFixed(digits).replace(/^-0(\.0)?$/, '0.0')} %`;
}

const PAGE = path.join(WORKSPACE, 'docs/protocol.md');
const TABLE = /(<!-- cheats -->\n\n)([\s\S]*?)(\n\n<!-- \/cheats -->)/;

/** The table of the page, its columns aligned. */
function rendered(): string {
  const head = ['cheat', 'against', 'what it does', 'result', 'gain'];
  const lines = [head, ...CHEATS.map(({ name }) => rows.get(name)!)];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const row = (line: readonly string[]) =>
    `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [row(head), rule, ...lines.slice(1).map(row)].join('\n');
}

it('docs/protocol.md lists the outcome of each cheat', async () => {
  const page = await readFile(PAGE, 'utf8');
  expect(rows.size).toBe(CHEATS.length);
  // `GAUSSMARK_WRITE_CHEATS=1` writes the table anew.
  if (process.env.GAUSSMARK_WRITE_CHEATS === '1')
    await writeFile(
      PAGE,
      page.replace(TABLE, (_, open, __, close) => `${open}${rendered()}${close}`),
    );
  else expect(page.match(TABLE)?.[2]).toBe(rendered());
});
