// The index of published reports: it lists each with its date, command and accounting.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PUBLISHED = fileURLToPath(new URL('../reports/published', import.meta.url));

/** Since commit 4cf59b4, compiled programs count gradient-equivalents. */
const METERED_SINCE = '2026-11-27T07:21:33Z';

interface Published {
  readonly created: string;
  readonly command: readonly string[];
}

const folders = readdirSync(PUBLISHED, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const listed = readFileSync(path.join(PUBLISHED, 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ['))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

it('lists exactly the folders', () => {
  expect(listed.map(([report]) => report)).toEqual(
    folders.map((folder) => `[${folder}](${folder}/leaderboard.md)`),
  );
});

it.each(folders)('%s: matches the date, command and accounting of its report.json', (folder) => {
  const { created, command } = JSON.parse(
    readFileSync(path.join(PUBLISHED, folder, 'report.json'), 'utf8'),
  ) as Published;
  const accounting = Date.parse(created) < Date.parse(METERED_SINCE) ? 'before' : 'now';
  const row = listed.find(([report]) => report!.startsWith(`[${folder}]`));
  expect(row?.slice(1)).toEqual([created.slice(0, 10), `\`${command.join(' ')}\``, accounting]);
});
