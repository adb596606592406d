// No package has circular imports among its files, type imports included.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** `from './x.js'`, `import('./x.js')`, `typeof import('./x.js')`. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g;

type Graph = ReadonlyMap<string, readonly string[]>;

/** The imports of each source file of a package within the package, without file extensions. */
function importsOf(directory: string): Graph {
  const files = readdirSync(path.join(ROOT, directory, 'src'), { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => {
        const from = path.join(directory, 'src', file);
        const imports = readFileSync(path.join(ROOT, from), 'utf8').matchAll(RELATIVE_IMPORT);
        return [from.slice(0, -'.ts'.length), [...imports].map(([, to]) => path.join(from, '..', to!))];
      }),
  );
}

/** Every file that `file` imports, directly or through others. */
function reachedFrom(file: string, graph: Graph): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...(graph.get(file) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    open.push(...(graph.get(next) ?? []));
  }
  return reached;
}

/** Groups of files that all reach each other, sorted. */
function circlesOf(graph: Graph): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(file, graph)]));
  return [...graph.keys()].sort().flatMap((file) => {
    const circle = [...reached.get(file)!].filter((other) => reached.get(other)?.has(file)).sort();
    return circle[0] === file ? [circle] : [];
  });
}

it.each([
  ['a pair', { a: ['b'], b: ['a'] }, [['a', 'b']]],
  ['a file that imports itself', { a: ['a'] }, [['a']]],
  ['a longer way round', { a: ['b'], b: ['c'], c: ['a', 'd'], d: [] }, [['a', 'b', 'c']]],
  ['no circle in a diamond', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
])('finds %s', (_, imports, circles) => {
  expect(circlesOf(new Map(Object.entries(imports)))).toEqual(circles);
});

it.each(readdirSync(path.join(ROOT, 'packages')))('%s has no circular imports', (name) => {
  const graph = importsOf(`packages/${name}`);
  expect(graph.size).toBeGreaterThan(0);
  expect(circlesOf(graph)).toEqual([]);
});
