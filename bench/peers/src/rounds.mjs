// One row of the comparison: prepared, checked against ours, then timed in interleaved rounds.

import { CHECKED_CG_ITERATIONS, checkedSteps, disagreement } from './agreement.mjs';
import { random } from './gaussmark.mjs';
import { PeerFailure } from './peer-process.mjs';
import { REFRESH_EVERY, REFRESHING } from './problems.mjs';
import { medianInterval, pairedRatio } from './statistics.mjs';

/**
 * @typedef {{ prepare: number, run: number }} Limits seconds
 *
 * @typedef {object} PeerResult
 * @property {'timed' | 'disagrees' | 'unsupported' | 'failed' | 'too slow'} status
 * @property {string} [reason]
 * @property {number} [compileSeconds]
 * @property {readonly number[]} [seconds] of a step, by round
 * @property {ReturnType<typeof medianInterval>} [step] seconds
 * @property {ReturnType<typeof medianInterval>} [ratio] ours / theirs
 * @property {{ cgIterations: number, lineSearchSteps: number }} [work] of a whole round
 */

/** A failure as a result. */
export function failed(error) {
  if (!(error instanceof PeerFailure)) throw error;
  const status = { unsupported: 'unsupported', error: 'failed', timeout: 'too slow' }[error.kind];
  return { status, reason: error.message };
}

/** The step whose values are compared: SGN with few CG iterations stands for SGN with many. */
export function checkedStep(step) {
  return step.kind === 'sgn'
    ? { ...step, cgIterations: Math.min(step.cgIterations, CHECKED_CG_ITERATIONS) }
    : step;
}

/** Steps of a timed run that last about `seconds`, in whole cycles: at least one, at most 200. */
export function stepsOfRun(stepSeconds, seconds, cycle = 1) {
  return cycle * Math.min(Math.floor(200 / cycle), Math.max(1, Math.ceil(seconds / (stepSeconds * cycle))));
}

/** Rounds that a peer takes part in: as many as fit its share of the time, at least one, or none if one takes too long. */
export function roundsWithin(runSeconds, rounds, limitSeconds) {
  return runSeconds > limitSeconds ? 0 : Math.min(rounds, Math.max(1, Math.floor(limitSeconds / runSeconds)));
}

/**
 * Times a step of ours against the peers'.
 *
 * @param {import('./peer-process.mjs').PeerProcess} ours
 * @param {readonly import('./peer-process.mjs').PeerProcess[]} peers
 * @param {{ directory: string, dtype: 'float32' | 'float64', step: object, threads: number, rounds: number, runSeconds: number,
 *   peerSeconds: number, limits: Limits, seed: number }} options `peerSeconds`: what a slow peer may take in all
 * @returns {Promise<{ ours: PeerResult, peers: Record<string, PeerResult>, count: number }>}
 * @throws PeerFailure if our own side fails
 */
export async function timeRow(ours, peers, options) {
  const { directory, dtype, step, threads, rounds, limits, seed } = options;
  const prepare = (peer, what) => peer.ask({ op: 'prepare', directory, step: what, threads }, limits.prepare);
  // The first cycle is no measure of those after it: factors are made, or not yet used.
  const [cycle, untimed] = step.kind in REFRESHING ? [REFRESH_EVERY, REFRESH_EVERY] : [1, 0];
  const run = (peer, count) => peer.ask({ op: 'run', count, untimed }, limits.run);
  const check = (peer) => peer.ask({ op: 'run', count: checkedSteps(step) }, limits.run);

  await prepare(ours, checkedStep(step));
  const reference = await check(ours);
  const { seconds: compileSeconds } = await prepare(ours, step);
  await run(ours, cycle);
  const first = await run(ours, cycle);
  const count = stepsOfRun(first.seconds / cycle, options.runSeconds, cycle);

  const results = {};
  const entrants = [{ peer: ours, result: { status: 'timed', compileSeconds, seconds: [] }, rounds }];
  for (const peer of peers) {
    try {
      const compiled = await prepare(peer, checkedStep(step));
      const values = await check(peer);
      const reason = disagreement(step, dtype, reference.values, values.values);
      if (reason !== undefined) {
        results[peer.name] = { status: 'disagrees', reason };
        continue;
      }
      await prepare(peer, step);
      await run(peer, cycle);
      const warm = (await run(peer, cycle)).seconds / cycle;
      const taken = roundsWithin(warm * (untimed + count), rounds, options.peerSeconds);
      if (taken === 0) {
        const reason = `a step takes about ${warm.toPrecision(3)} s`;
        results[peer.name] = { status: 'too slow', reason };
        continue;
      }
      const result = { status: 'timed', compileSeconds: compiled.seconds, seconds: [] };
      results[peer.name] = result;
      entrants.push({ peer, result, rounds: taken });
    } catch (error) {
      results[peer.name] = failed(error);
    }
  }

  const generator = random.xoroshiro128plus(seed);
  for (let round = 0; round < rounds; round++) {
    const present = entrants.filter((each) => each.result.status === 'timed' && round < each.rounds);
    for (const entrant of random.permutation(present.length, generator)) {
      const { peer, result } = present[entrant];
      try {
        const { seconds, cgIterations, lineSearchSteps } = await run(peer, count);
        result.seconds.push(seconds / count);
        if (step.kind === 'sgn') result.work = { cgIterations, lineSearchSteps };
      } catch (error) {
        if (peer === ours) throw error;
        Object.assign(result, failed(error));
      }
    }
  }
  const [mine] = entrants;
  for (const { peer, result } of entrants) {
    if (result.status !== 'timed') continue;
    result.step = medianInterval(result.seconds);
    if (peer !== ours)
      result.ratio = pairedRatio(mine.result.seconds.slice(0, result.seconds.length), result.seconds);
  }
  return { ours: mine.result, peers: results, count };
}

/** The peer among `names` whose step is the fastest, if one was timed. */
export function fastest(results, names) {
  const timed = names.filter((name) => results[name]?.status === 'timed');
  return timed.sort((a, b) => results[a].step.median - results[b].step.median)[0];
}
