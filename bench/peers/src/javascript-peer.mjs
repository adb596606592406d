// What the JavaScript peers share: their library, the protocol around a prepared step, the host's part of an SGN step.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readExchange } from './exchange.mjs';
import { REFRESHING } from './problems.mjs';
import { serve, Unsupported } from './serve.mjs';

/** The folder that the command names; see javascript.mjs. */
function packagesDirectory() {
  const directory = process.env.PEER_PACKAGES;
  if (directory === undefined) throw new Error('PEER_PACKAGES does not name the folder of the packages');
  return directory;
}

/** Imports `jax.mjs` or `tfjs.mjs` from the folder of the packages. */
export function peerPackage(file) {
  return import(pathToFileURL(path.join(packagesDirectory(), file)).href);
}

/** The version of a package that is installed there: they are pinned. */
export async function peerVersion(name) {
  const manifest = await readFile(path.join(packagesDirectory(), 'package.json'), 'utf8');
  return JSON.parse(manifest).dependencies[name];
}

/**
 * Serves a peer until its stdin closes, and ends the process: a library's worker threads would keep it alive.
 *
 * @param {object} info names and versions of what runs
 * @param {(step: object, problem: Awaited<ReturnType<typeof readExchange>>) =>
 *   { run(count: number): Promise<object>, dispose(): void }} compile
 */
export async function servePeer(info, compile) {
  let prepared;
  await serve({
    hello: async () => ({ info }),
    prepare: async ({ directory, step }) => {
      prepared?.dispose();
      prepared = undefined;
      if (step.kind in REFRESHING) throw new Unsupported('no reference implementation');
      const start = performance.now();
      prepared = compile(step, await readExchange(directory));
      return { seconds: (performance.now() - start) / 1000 };
    },
    run: async ({ count }) => prepared.run(count),
  });
  process.exit(0);
}

/**
 * The answer to a run.
 *
 * @param {readonly (readonly [loss: unknown, cgIterations: number, lineSearchSteps: number])[]} infos of its steps
 */
export function runAnswer(seconds, values, infos) {
  const total = (at) => infos.reduce((sum, info) => sum + info[at], 0);
  return { seconds, values, cgIterations: total(1), lineSearchSteps: total(2) };
}

/**
 * The end of an SGN step along D = -x: the next damping, from how far the loss falls at the full step against what the
 * quadratic model says, and the line search from there.
 *
 * @param {{ before: number, slope: number, residual: number, rho: number, options: object,
 *   lossAt: (alpha: number) => number }} step the loss before; slope = -g'x, residual = -r'x with CG's last residual r
 * @returns {{ alpha: number, rho: number, searched: number }}
 */
export function searchAlong({ before, slope, residual, rho, options, lossAt }) {
  let alpha = options.stepSize;
  let after = lossAt(alpha);
  const gain = (after - before) / (0.5 * (residual + slope));
  const next = gain < 0.25 ? 1.5 * rho : gain > 0.75 ? Math.max((2 / 3) * rho, options.minDamping) : rho;
  const bound = before + options.stepSize * options.sufficientDecrease * slope;
  let searched = 0;
  while (after > bound && searched < options.maxLineSearchSteps) {
    alpha *= options.backtrackingFactor;
    after = lossAt(alpha);
    searched++;
  }
  return { alpha, rho: next, searched };
}

/** The Euclidean norm of numbers in several arrays. */
export function norm(arrays) {
  let square = 0;
  for (const array of arrays) for (const value of array) square += value * value;
  return Math.sqrt(square);
}
