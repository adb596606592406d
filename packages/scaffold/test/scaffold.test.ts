// New plugins: their files, types and places, and what is refused. The command's test runs them and checks that they conform.

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest } from '@gaussmark/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SCAFFOLD_KINDS, scaffold } from '../src/scaffold.js';

const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));
let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(path.join(tmpdir(), 'gaussmark-scaffold-')));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const read = (...parts: string[]) => readFile(path.join(cwd, ...parts), 'utf8');

it.each(SCAFFOLD_KINDS)('writes a new %s', async (kind) => {
  const made = await scaffold({ kind, name: 'heavy-ball', language: 'js', directory: `js-${kind}`, cwd });
  const golden = kind === 'optimizer' ? ['golden/with_optax.py', 'golden/with_pytorch.py'] : [];
  expect(made.files).toEqual(
    ['.github/workflows/check.yml', 'README.md', ...golden].concat([
      'index.js',
      'manifest.json',
      'package.json',
      'test.js',
    ]),
  );
  const manifest = parseManifest(JSON.parse(await read(`js-${kind}`, 'manifest.json')), 'manifest.json');
  expect(manifest).toMatchObject({ kind, name: 'heavy-ball', entry: './index.js' });
  expect(JSON.parse(await read(`js-${kind}`, 'package.json'))).toMatchObject({
    name: `gaussmark-${kind}-heavy-ball`,
    type: 'module',
    keywords: ['gaussmark-plugin'],
  });
  for (const file of made.files)
    expect(await read(`js-${kind}`, file)).not.toMatch(/__(name|Type|entry|index|test|path)__|\{\{[a-z]/);
});

it('writes TypeScript that type-checks strictly, with the types of the checkout', async () => {
  const projects = await Promise.all(
    SCAFFOLD_KINDS.map(async (kind) => {
      const { directory } = await scaffold({ kind, name: 'heavy-ball', language: 'ts', cwd });
      return directory;
    }),
  );
  expect(projects[0]).toBe(path.join(cwd, 'optimizer-heavy-ball'));
  // Entries of packages other than the main one resolve too.
  const imports = [
    "import '@gaussmark/autodiff/reference';",
    "export * from '@gaussmark/random/program';",
    '',
  ];
  await writeFile(path.join(projects[0]!, 'imports.ts'), imports.join('\n'));
  const page = await readFile(path.join(WORKSPACE, 'docs/write-an-optimizer.md'), 'utf8');
  const [, chained] = /```ts\n([\s\S]*?)```/.exec(page)!;
  await writeFile(path.join(projects[0]!, 'chained.ts'), chained!);
  const tsc = path.join(WORKSPACE, 'node_modules/typescript/bin/tsc');
  for (const project of projects)
    expect(execFileSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' })).toBe('');
});

it('writes a package of the workspace inside its packages', async () => {
  const options = { kind: 'optimizer', name: 'heavy-ball', language: 'ts', cwd } as const;
  const directory = 'packages/optimizer-heavy-ball';
  const made = await scaffold({ ...options, directory, checkout: cwd });
  expect([made.inWorkspace, made.files.filter((file) => file.includes('/'))]).toEqual([
    true,
    ['golden/with_optax.py', 'golden/with_pytorch.py', 'src/index.ts', 'test/optimizer.test.ts'],
  ]);
  expect(JSON.parse(await read(directory, 'manifest.json'))).toMatchObject({ entry: './src/index.ts' });
  expect(JSON.parse(await read(directory, 'package.json'))).toMatchObject({
    name: '@gaussmark/optimizer-heavy-ball',
    dependencies: { '@gaussmark/autodiff': 'workspace:*', '@gaussmark/core': 'workspace:*' },
  });
  const test = await read(directory, 'test/optimizer.test.ts');
  expect(test).toContain("from '../src/index.ts'");
  expect(test).toContain("from 'vitest'");
});

it.each([
  [{ kind: 'optimiser', name: 'a' }, { summary: expect.stringContaining("did you mean 'optimizer'?") }],
  [{ kind: 'engine', name: 'a' }, { remedy: expect.stringContaining('docs/engines.md') }],
  [
    { kind: 'model', name: 'HeavyBall' },
    { got: '"HeavyBall"', remedy: 'use heavy-ball' },
  ],
  [{ kind: 'model', name: '../up' }, { remedy: 'use up' }],
  [{ kind: 'model', name: '42' }, { remedy: 'use a name such as heavy-ball' }],
  [{ kind: 'model', name: 'a'.repeat(51) }, { expected: expect.stringContaining('50') }],
  [
    { kind: 'model', name: 'a', directory: '.' },
    { got: expect.stringContaining('js-'), remedy: /--dir/ },
  ],
])('refuses %o', async (options, error) => {
  const { remedy, ...rest } = error as { remedy?: string | RegExp };
  const expected = remedy instanceof RegExp ? expect.stringMatching(remedy) : remedy;
  await expect(scaffold({ ...options, language: 'js', cwd })).rejects.toMatchObject({
    name: 'GaussmarkError',
    ...rest,
    ...(expected === undefined ? {} : { remedy: expected }),
  });
});

it('refuses a file in place of the folder', async () => {
  await writeFile(path.join(cwd, 'file'), '');
  const options = { kind: 'model', name: 'a', language: 'js', directory: 'file', cwd } as const;
  await expect(scaffold(options)).rejects.toMatchObject({
    summary: `${path.join(cwd, 'file')} is a file, not a folder`,
  });
});

it('refuses a place that cannot be a folder, and says why', async () => {
  await writeFile(path.join(cwd, 'a-file'), '');
  await symlink(path.join(cwd, 'gone'), path.join(cwd, 'dangling'));
  const into = (directory: string) => scaffold({ kind: 'model', name: 'a', language: 'js', directory, cwd });
  const because = (place: string, what: string) =>
    expect.objectContaining({ name: 'GaussmarkError', summary: `${path.join(cwd, place)} ${what}` });
  await expect(into('a-file/sub')).rejects.toEqual(because('a-file', 'is a file, not a folder'));
  await expect(into('dangling')).rejects.toEqual(
    because('dangling', `is a link to ${path.join(cwd, 'gone')}, which does not exist`),
  );
  // The superuser may write anywhere.
  if (process.getuid?.() === 0) return;
  await mkdir(path.join(cwd, 'locked'), { mode: 0o555 });
  await expect(into('locked/sub')).rejects.toEqual(because('locked', 'is not yours to write in'));
});
