// A copy of a built checkout: packages without sources and tests, its own links between them, third parties shared.

import { cp, lstat, mkdir, readdir, readlink, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';

const LEFT_OUT = new Set(['node_modules', 'src', 'test', 'bench', '.turbo']);

/**
 * Copies what a built checkout needs to run (some ten megabytes) so that it can be edited alone.
 *
 * @param {string} from a checkout whose packages are built
 * @param {string} to a folder that does not exist
 */
export async function copyCheckout(from, to) {
  const root = await realpath(from);
  const packages = path.join(root, 'packages');
  await mkdir(path.join(to, 'packages'), { recursive: true });
  for (const file of ['package.json', 'pnpm-workspace.yaml'])
    await cp(path.join(root, file), path.join(to, file));
  for (const name of await readdir(packages)) {
    const source = path.join(packages, name);
    if (!(await lstat(source)).isDirectory()) continue;
    const target = path.join(to, 'packages', name);
    await cp(source, target, {
      recursive: true,
      filter: (file) => !LEFT_OUT.has(path.relative(source, file).split(path.sep)[0]),
    });
    await link(path.join(source, 'node_modules'), path.join(target, 'node_modules'), root, to);
  }
}

/** The same links: to copies where they lead to the checkout's packages, else to the same third party. */
async function link(from, to, root, copy) {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  if (entries.length > 0) await mkdir(to, { recursive: true });
  for (const entry of entries) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isSymbolicLink()) {
      const end = path.resolve(from, await readlink(source));
      const inside = path.relative(path.join(root, 'packages'), end);
      const own = !inside.startsWith('..') && !inside.includes('node_modules');
      await symlink(own ? path.join(copy, 'packages', inside) : end, target);
    } else if (entry.name.startsWith('@')) await link(source, target, root, copy);
  }
}
