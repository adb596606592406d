// Replaces pnpm, npx, node and bench in the shell of a documented command: runs the command with its limits, unless it is
// excluded or was run before, and logs what it did.
//
//   DOCUMENTED='{"notRun":[],"limits":[],"once":[],"log":"FILE","ran":"FILE"}' node run-words.mjs pnpm bench list

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { plainWords } from './plain-words.mjs';

const { notRun, limits, once, log, ran } = JSON.parse(process.env.DOCUMENTED);
const EXECUTABLE = fileURLToPath(new URL('../../bin/bench.js', import.meta.url));

const words = plainWords(process.argv.slice(2));
const command = words.join(' ');
const matches = (source) => new RegExp(source).test(command);
const added = limits.flatMap(([source, more]) => (matches(source) ? more.split(' ') : []));
const [program, ...args] = [...words, ...added];
const line = JSON.stringify([program, ...args]);
const isRepeated = once.some(matches) && linesOf(ran).includes(line);
const isRun = !isRepeated && !notRun.some(matches);
appendFileSync(log, `${JSON.stringify({ words, isRun })}\n`);
if (isRun) {
  if (program === 'bench') args.unshift(EXECUTABLE);
  else if (program !== 'node') throw new Error(`how is '${command}' tested? See documented/table.ts`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status === 0) appendFileSync(ran, `${line}\n`);
  process.exitCode = status ?? 1;
}

function linesOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}
