// Plugins in TypeScript: loaded by the built package in a process of its own, as in a worker.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { isTypeScript, stripTypes } from '../src/type-stripping.js';
import { pluginPackage, TemporaryFolder } from './workspace.js';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

it('keeps every line and column', () => {
  const source =
    'type A = { readonly a: number };\nexport const f = <T extends A>(x: T): number => x.a as number;\n';
  const code = stripTypes(source, 'f.ts');
  expect(code).not.toContain('number');
  expect(code.split('\n').map((line) => line.length)).toEqual(source.split('\n').map((line) => line.length));
  expect(code.indexOf('x.a')).toBe(source.indexOf('x.a'));
});

it.each([
  ['let a: = 1;', /^Unexpected token.*\(f\.ts:1:8\)$/],
  ['let a = 1;\n  enum E { A }', /enum.*\(f\.ts:2:3\)$/],
  ['class A { constructor(private x: number) {} }', /parameter property.*\(f\.ts:1:31\)$/],
  ['namespace N { export const a = 1; }', /namespace.*\(f\.ts:1:1\)$/],
])('names the place of %j', (source, message) => {
  expect(() => stripTypes(source, 'f.ts')).toThrow(message);
});

it.each([
  ['index.ts', true],
  ['a.mts', true],
  ['a.d.ts', false],
  ['a.js', false],
  ['ts', false],
])('%s', (file, expected) => expect(isTypeScript(file)).toBe(expected));

/** Loads plugins by the built package; an error is its summary, remedy and cause's place. */
const LOAD = `
const { discover } = await import(process.argv[1]);
const registry = await discover({ cwd: process.argv[2], extra: process.argv.slice(3) });
const outcomes = {};
for (const entry of registry.list('optimizer')) {
  if (entry.source !== 'path') continue;
  try {
    outcomes[entry.name] = (await registry.load(entry)).create({}, {}).init();
  } catch ({ summary, remedy, stack }) {
    outcomes[entry.name] = { summary, remedy, stack };
  }
}
console.log(JSON.stringify(outcomes));
`;

it('loads TypeScript from any folder; errors give the place and the remedy', () => {
  const plugins = {
    works: `import type { Params } from '@gaussmark/core';
import { tree } from '@gaussmark/autodiff';
import { half } from './other.ts';
import { mulberry32 } from '@gaussmark/random';
export default { create: () => ({ init: (params?: Params): number => half(mulberry32(1)() < 1 ? 8 : 0) + tree.leaves(params ?? []).length, step() {} }) };`,
    enums: 'enum Kind { A }\nexport default { create: () => Kind.A };',
    values: "import { Params } from '@gaussmark/core';\nexport default { create: (p: Params) => p };",
    nothing: "import { tahn } from '@gaussmark/autodiff';\nexport default { create: () => tahn };",
    elsewhere: "import { chain } from '@gaussmark/autodiff';\nexport default { create: () => chain };",
    local: "import { halv } from './other.ts';\nexport default { create: () => halv };",
    throws: 'type T = number;\nexport default {\n  create(): T { throw new Error("no"); },\n};',
  };
  const scripts = {
    unclosed: 'export default {\n  create: () => ({ init( {} }),\n};',
    helper: "import './broken.js';\nexport default { create: () => ({}) };",
  };
  for (const [name, code] of Object.entries(scripts)) {
    folder.write({
      ...pluginPackage(name, name, { entry: './index.js' }),
      [`${name}/index.js`]: code,
      [`${name}/broken.js`]: 'export const a = 1;\n\nexport const = 2;',
    });
  }
  for (const [name, code] of Object.entries(plugins)) {
    folder.write({
      ...pluginPackage(name, name, { entry: './index.ts' }),
      [`${name}/index.ts`]: code,
      [`${name}/other.ts`]: 'export const half = (x: number): number => x / 2;',
    });
  }
  const dist = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const args = [
    dist,
    folder.root,
    ...Object.keys({ ...plugins, ...scripts }).map((name) => folder.path(name)),
  ];
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', LOAD, ...args], {
    encoding: 'utf8',
  });
  const { works, enums, values, throws, nothing, elsewhere, local, unclosed, helper } = JSON.parse(output);
  expect(works).toBe(4);
  expect(enums.summary).toContain(`${folder.path('enums/index.ts')}:1:1`);
  expect(enums.remedy).toContain('as const');
  expect(values.remedy).toContain('import type { Params }');
  expect(throws.stack).toContain('throws/index.ts:3:23');
  expect([nothing.remedy, elsewhere.remedy, local.remedy]).toEqual([
    "did you mean 'tanh', which '@gaussmark/autodiff' exports?",
    "import { chain } from '@gaussmark/optim', which exports it",
    "did you mean 'half', which './other.ts' exports?",
  ]);
  expect(unclosed.summary).toContain(`(${folder.path('unclosed/index.js')}:2:`);
  expect(helper.summary).toContain(`(${folder.path('helper/broken.js')}:3:`);
});
