// Gaussmark's packages as they are built in this repository. This folder is not a workspace package, because
// users of the workspace would then have to install the peers; so it imports Gaussmark's packages by path.

import { existsSync } from 'node:fs';

const PACKAGES = new URL('../../../packages/', import.meta.url);

/** @throws Error if a package is not built */
async function load(name, file = 'index') {
  const entry = new URL(`${name}/dist/${file}.js`, PACKAGES);
  if (!existsSync(entry)) throw new Error(`packages/${name} is not built; run 'pnpm build' first`);
  return import(entry.href);
}

export const autodiff = await load('autodiff');
export const { evaluate } = await load('autodiff', 'reference');
export const core = await load('core');
export const harness = await load('harness');
export const random = await load('random');
export const statistics = await load('statistics');
