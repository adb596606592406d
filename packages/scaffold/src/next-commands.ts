// What to do with a new plugin, as commands.

import path from 'node:path';
import type { Scaffold } from './scaffold.js';

/** @param cwd where the commands run */
export function nextCommands(
  { kind, name, directory, inWorkspace }: Scaffold,
  cwd: string,
): readonly string[] {
  const relative = path.relative(cwd, directory);
  const place = relative.startsWith('..') ? directory : `./${relative}`;
  const quoted = /^[\w./~+@:,-]+$/.test(place) ? place : `'${place.replaceAll("'", "'\\''")}'`;
  const plugin = inWorkspace ? '' : ` --plugin ${quoted}`;
  const problem = { optimizer: 'boston', model: `'boston+${name}'`, dataset: `'${name}+mlp[hidden=[16]]'` }[
    kind
  ];
  const optimizer = kind === 'optimizer' ? ` --optimizer ${name}` : '';
  return [
    ...(inWorkspace ? ['pnpm install'] : []),
    `bench check ${quoted}`,
    `bench run${plugin} --problem ${problem}${optimizer}`,
  ];
}
