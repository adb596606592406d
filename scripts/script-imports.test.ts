// Scripts and benchmarks import built files by path, which no compiler checks: every path leads to a file.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const FOLDERS = [
  'scripts',
  'bench',
  ...readdirSync(path.join(ROOT, 'packages')).map((name) => path.join('packages', name, 'bench')),
];

const scripts = FOLDERS.filter((folder) => existsSync(path.join(ROOT, folder))).flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs') && !file.includes('node_modules'))
    .map((file) => path.join(folder, file)),
);

const IMPORT = /(?:from |import\()'(\.[^']+)'/g;

it('imports files that exist', () => {
  const imports = scripts.flatMap((script) =>
    [...readFileSync(path.join(ROOT, script), 'utf8').matchAll(IMPORT)].map(([, to]) => ({
      script,
      to: to!,
    })),
  );
  expect(imports.length).toBeGreaterThan(50);
  expect(
    imports.filter(({ script, to }) => !existsSync(path.resolve(ROOT, path.dirname(script), to))),
  ).toEqual([]);
});
