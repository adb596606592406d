// Replaces pnpm, npx, node and bench in the shell of a documented command: logs the command, and runs it with its limits
// unless it is excluded.
//
//   DOCUMENTED='{"notRun":[],"limits":[],"log":"FILE","parseOnly":false}' node run-words.mjs pnpm bench list

import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { notRun, limits, log, parseOnly } = JSON.parse(process.env.DOCUMENTED);
const EXECUTABLE = fileURLToPath(new URL('../../bin/bench.js', import.meta.url));

const words = plain(process.argv.slice(2));
const command = words.join(' ');
const isRun = !parseOnly && !notRun.some((source) => new RegExp(source).test(command));
appendFileSync(log, `${JSON.stringify({ words, isRun })}\n`);
if (isRun) {
  const added = limits.flatMap(([source, more]) => (new RegExp(source).test(command) ? more.split(' ') : []));
  const [program, ...args] = words;
  if (program === 'bench') args.unshift(EXECUTABLE);
  else if (program !== 'node') throw new Error(`how is '${command}' tested? See documented/table.ts`);
  const { status } = spawnSync(process.execPath, [...args, ...added], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

/** The words without package managers. */
function plain([program, ...rest]) {
  if (program === 'npx') {
    const [name, ...args] = rest.filter((word) => word !== '-y');
    return name.startsWith('pnpm@') ? plain(['pnpm', ...args]) : plain([name, ...args]);
  }
  if (program === 'gaussmark') return ['bench', ...rest];
  if (program !== 'pnpm') return [program, ...rest];
  const args = rest.filter((word) => word !== '-s' && word !== '--silent');
  if (args[0] === 'bench') return args;
  return args[0] === 'bench:peers' ? ['node', 'bench/peers/run.mjs', ...args.slice(1)] : ['pnpm', ...args];
}
