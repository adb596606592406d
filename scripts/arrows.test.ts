// The map of packages in docs/architecture.md is what the packages declare, and their arrows point one way.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const SCOPE = '@gaussmark/';

const read = (...file: string[]) => readFileSync(path.join(ROOT, ...file), 'utf8');
const names = readdirSync(path.join(ROOT, 'packages')).sort();

/** The packages of the workspace that a package depends on at run time. */
function declared(name: string): string[] {
  const { dependencies = {} } = JSON.parse(read('packages', name, 'package.json')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(dependencies)
    .filter((each) => each.startsWith(SCOPE))
    .map((each) => each.slice(SCOPE.length))
    .sort();
}

/** The packages that a package's sources import or resolve. */
function imported(name: string): string[] {
  const folder = path.join(ROOT, 'packages', name, 'src');
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(path.join(folder, file), 'utf8').matchAll(/(?<!`)'@gaussmark\/([a-z-]+)/g),
    ])
    .map(([, each]) => each!);
  return [...new Set(found)].filter((each) => each !== name).sort();
}

/** `  core   what a plugin is ... -> autodiff`: a line of the map. */
function drawn(): Map<string, string[]> {
  const [, map] = /```\npackages\/\n([\s\S]*?)```/.exec(read('docs', 'architecture.md'))!;
  return new Map(
    map!
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, name] = /^ {2}([a-z-]+)/.exec(line)!;
        const [, to = ''] = / -> ([a-z, -]+)$/.exec(line) ?? [];
        return [name!, to.split(', ').filter(Boolean).sort()];
      }),
  );
}

it('has every package once, after all that it imports', () => {
  const map = drawn();
  expect([...map.keys()].sort()).toEqual(names);
  const order = [...map.keys()];
  for (const [name, to] of map)
    for (const each of to)
      expect(order.indexOf(each), `${name} -> ${each}`).toBeLessThan(order.indexOf(name));
});

it.each(names)('draws the arrows of %s', (name) => {
  expect(drawn().get(name)).toEqual(declared(name));
  expect(imported(name)).toEqual(declared(name));
});

/**
 * Lines of source that a package may have, without block comments: documentation does not count. The report's page counts, with its
 * styles.
 */
const MOST_LINES: Readonly<Record<string, number>> = { cli: 5700, report: 8650 };
const MOST_LINES_ELSEWHERE = 5350;

/** On lines of its own. */
const BLOCK_COMMENT = /^[ \t]*\/\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*\n/gm;

it.each(names)('%s is not too large', (name) => {
  const folder = path.join(ROOT, 'packages', name, 'src');
  const lines = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|css)$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8').replaceAll(BLOCK_COMMENT, ''))
    .reduce((sum, text) => sum + text.split('\n').length - 1, 0);
  expect(lines).toBeLessThanOrEqual(MOST_LINES[name] ?? MOST_LINES_ELSEWHERE);
});

it('has no loose files in the root of harness', () => {
  const files = readdirSync(path.join(ROOT, 'packages', 'harness', 'src')).filter((name) =>
    name.includes('.'),
  );
  expect(files).toEqual(['index.ts']);
});
