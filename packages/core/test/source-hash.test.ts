// The fingerprint of a plugin's code.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourceHash } from '../src/source-hash.js';
import { TemporaryFolder } from './workspace.js';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
});
afterEach(() => {
  folder.remove();
});

const FILES = {
  'manifest.json': '{}',
  'index.mjs':
    "import fs from 'node:fs';\nimport { a } from './lib/a.mjs';\nexport * from './b.mjs';\nexport default a;\n",
  'lib/a.mjs': "import '../index.mjs';\nexport const a = () => import('./lazy.mjs');\n",
  'lib/lazy.mjs': 'export const lazy = 1;\n',
  'b.mjs': 'export const b = 1;\n',
  'other.mjs': 'export const other = 1;\n',
};

/** The hash of a plugin with these files. */
function hashOf(files: Readonly<Record<string, string>>, home: string): Promise<string> {
  folder.write(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`${home}/${name}`, content])),
  );
  return sourceHash({
    entryFile: folder.path(home, 'index.mjs'),
    manifestFile: folder.path(home, 'manifest.json'),
    directory: folder.path(home),
  });
}

it('is a sha256 independent of the location', async () => {
  const hash = await hashOf(FILES, 'one');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf(FILES, 'elsewhere/two')).toBe(hash);
});

it.each(['manifest.json', 'index.mjs', 'lib/a.mjs', 'lib/lazy.mjs', 'b.mjs'])(
  'changes with %s',
  async (name) => {
    const changed = { ...FILES, [name]: `${FILES[name as keyof typeof FILES]} ` };
    expect(await hashOf(changed, 'two')).not.toBe(await hashOf(FILES, 'one'));
  },
);

it('follows the imports of TypeScript, except those of types', async () => {
  const hash = async (files: Readonly<Record<string, string>>) => {
    folder.write({
      'ts/index.ts':
        "import type { T } from './types.ts';\nimport { a } from './a.ts';\nexport default a as T;\n",
      'ts/types.ts': 'export type T = number;\n',
      'ts/a.ts': 'export const a: number = 1;\n',
      'ts/manifest.json': '{}',
      ...files,
    });
    return sourceHash({
      entryFile: folder.path('ts/index.ts'),
      manifestFile: folder.path('ts/manifest.json'),
      directory: folder.path('ts'),
    });
  };
  const before = await hash({});
  expect(await hash({ 'ts/types.ts': 'export type T = 1;\n' })).toBe(before);
  expect(await hash({ 'ts/a.ts': 'export const a: number = 2;\n' })).not.toBe(before);
});

it('does not change with a module that is not imported', async () => {
  expect(await hashOf({ ...FILES, 'other.mjs': '' }, 'two')).toBe(await hashOf(FILES, 'one'));
});

it('tells apart where the same bytes stand', async () => {
  const moved = { ...FILES, 'b.mjs': FILES['lib/lazy.mjs'], 'lib/lazy.mjs': FILES['b.mjs'] };
  expect(await hashOf(moved, 'two')).not.toBe(await hashOf(FILES, 'one'));
});

it('names a module that is missing', async () => {
  const { 'b.mjs': _, ...rest } = FILES;
  await expect(hashOf(rest, 'one')).rejects.toThrow(
    `cannot read a plugin's module: ${folder.path('one/b.mjs')}`,
  );
});
