// Checks our engine on the device against the float64 reference, group by group, in a process that may crash.

import path from 'node:path';
import { PeerFailure, PeerProcess } from '../../peers/src/peer-process.mjs';

const SCRIPT = path.join(import.meta.dirname, 'conformance-process.mjs');

/** Seconds to start the engine, and for a group: it compiles one program, or if that fails, up to a hundred. */
const START_SECONDS = 60;
const GROUP_SECONDS = 60;
/** After so many crashes the engine is not worth more time. */
const MOST_CRASHES = 5;
const PROGRESS_MS = 5000;

/**
 * @typedef {object} Conformance
 * @property {Record<string, unknown>} [info] the engine
 * @property {number} groups
 * @property {number} checked groups
 * @property {number} passed cases
 * @property {{ subject: string, name: string, dtype: string, reason: string }[]} failed
 * @property {{ subject: string, name: string, dtype: string, reason: string }[]} unsupported
 * @property {{ group: string, reason: string }[]} crashed groups whose process ended or hung
 */

/** @returns {Conformance} before anything is checked */
export const nothingChecked = () => ({
  groups: 0,
  checked: 0,
  passed: 0,
  failed: [],
  unsupported: [],
  crashed: [],
});

/**
 * Checks group after group into `report`, which is complete at any time.
 *
 * @param {Conformance} report
 * @param {{ engine: string, hyperparameters: object, mostGroups: number, deadline: AbortSignal, log: (line: string) => void,
 *   start?: () => PeerProcess }} options
 * @throws PeerFailure if the engine does not start
 */
export async function checkConformance(
  report,
  { engine, hyperparameters, mostGroups, deadline, log, ...rest },
) {
  const start = rest.start ?? (() => new PeerProcess('conformance', [process.execPath, SCRIPT]));
  let checker;
  const stop = () => checker?.kill();
  deadline.addEventListener('abort', stop);
  const begin = async () => {
    checker = start();
    return checker.ask({ op: 'start', engine, hyperparameters }, START_SECONDS);
  };
  try {
    const { info, groups } = await begin();
    const chosen = spread(groups.length, mostGroups);
    Object.assign(report, { info, groups: chosen.length });
    let said = performance.now();
    for (const group of chosen) {
      if (deadline.aborted) return;
      try {
        collect(report, await checker.ask({ op: 'check', group }, GROUP_SECONDS));
      } catch (error) {
        if (deadline.aborted) return;
        if (!(error instanceof PeerFailure)) throw error;
        report.crashed.push({ group: groups[group], reason: error.message });
        if (report.crashed.length >= MOST_CRASHES) throw error;
        // An error that the process answered leaves it usable.
        if (error.kind !== 'error' || !checker.alive) await begin();
      }
      report.checked++;
      if (performance.now() - said < PROGRESS_MS) continue;
      said = performance.now();
      log(`  ${report.checked} of ${chosen.length} groups, ${report.passed} cases passed`);
    }
  } finally {
    deadline.removeEventListener('abort', stop);
    await checker?.stop();
  }
}

function collect(report, { passed, others }) {
  report.passed += passed;
  for (const { status, ...result } of others) {
    const { subject, name, dtype, reason } = result;
    report[status === 'unsupported' ? 'unsupported' : 'failed'].push({ subject, name, dtype, reason });
  }
}

/** At most `most` indices below `count`, spread evenly. */
function spread(count, most) {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}
