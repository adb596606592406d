// The README's "What is in the box" names every plugin of this repository, and no other.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (...names: string[]) => readFileSync(path.join(ROOT, ...names), 'utf8');

const manifests = readdirSync(path.join(ROOT, 'packages')).flatMap((name) => {
  const { gaussmark } = JSON.parse(read('packages', name, 'package.json')) as {
    gaussmark?: { manifests: string[] };
  };
  return (gaussmark?.manifests ?? []).map(
    (file) => JSON.parse(read('packages', name, file)) as { kind: string; name: string },
  );
});

it.each(['optimizer', 'model', 'dataset', 'engine'])('lists each %s', (kind) => {
  const box = read('README.md').split('## What is in the box\n')[1]!;
  const lines = box.split('\n').filter((line) => new RegExp(`^- .*${kind}s[:,]`, 'i').test(line));
  const named = lines.flatMap((line) => [...line.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
  const own = manifests.filter((manifest) => manifest.kind === kind).map(({ name }) => name);
  expect(own.length).toBeGreaterThan(2);
  expect([...named].sort()).toEqual(own.sort());
});
