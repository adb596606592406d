// Runs parts one after another, each within its own limit and all within a budget. A part that fails is recorded; the rest go on.

/** Seconds that an aborted part has to end by itself. */
const GRACE_SECONDS = 10;
/** Seconds below which a part is not begun. */
const LEAST_SECONDS = 5;

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {number} limitSeconds
 * @property {(deadline: AbortSignal) => Promise<void>} run ends soon after the signal aborts
 *
 * @typedef {{ name: string, status: 'done' | 'failed' | 'timeout' | 'skipped', seconds: number, reason?: string }} Outcome
 */

/**
 * @param {readonly Part[]} parts
 * @param {object} options
 * @param {number} options.budgetSeconds for all parts
 * @param {(line: string) => void} options.log
 * @param {() => number} [options.now] seconds
 * @param {number} [options.least] seconds below which a part is not begun
 * @param {(outcome: Outcome) => Promise<void>} [options.onEnd]
 * @returns {Promise<readonly Outcome[]>}
 */
export async function runParts(
  parts,
  { budgetSeconds, log, now = seconds, least = LEAST_SECONDS, onEnd = async () => {} },
) {
  const begin = now();
  const outcomes = [];
  for (const [i, { name, limitSeconds, run }] of parts.entries()) {
    const left = budgetSeconds - (now() - begin);
    const position = `[${i + 1}/${parts.length}] ${name}`;
    const limit = Math.min(limitSeconds, left);
    let outcome;
    if (limit < least) {
      outcome = { name, status: 'skipped', seconds: 0, reason: `the budget of ${budgetSeconds} s is spent` };
      log(`${position}: skipped, ${outcome.reason}`);
    } else {
      const ahead = estimate(parts.slice(i), parts, outcomes);
      log(
        `${position}: at most ${limit.toFixed(0)} s; the rest about ${ahead.toFixed(0)} s, ${left.toFixed(0)} s left`,
      );
      outcome = { name, ...(await within(limit, run, now)) };
      if (outcome.status !== 'done') log(`${position}: ${outcome.status}, ${outcome.reason}`);
    }
    outcomes.push(outcome);
    await onEnd(outcome);
  }
  return outcomes;
}

const seconds = () => performance.now() / 1000;

/** Seconds that the parts ahead will take: their limits, scaled by what the finished ones used of theirs. */
export function estimate(ahead, parts, outcomes) {
  let used = 0;
  let allowed = 0;
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.status === 'skipped') continue;
    used += outcome.seconds;
    allowed += parts[i].limitSeconds;
  }
  const share = allowed === 0 ? 1 : Math.min(1, used / allowed);
  return share * ahead.reduce((sum, { limitSeconds }) => sum + limitSeconds, 0);
}

async function within(limitSeconds, run, now) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 1000 * limitSeconds);
  const begin = now();
  const ended = (fields) => ({ ...fields, seconds: now() - begin });
  const tooLong = { status: 'timeout', reason: `it took more than ${limitSeconds.toFixed(0)} s` };
  let grace;
  const late = new Promise((resolve) => {
    grace = setTimeout(resolve, 1000 * (limitSeconds + GRACE_SECONDS));
  });
  try {
    await Promise.race([run(controller.signal), late]);
    return ended(controller.signal.aborted ? tooLong : { status: 'done' });
  } catch (error) {
    if (controller.signal.aborted) return ended(tooLong);
    return ended({ status: 'failed', reason: error instanceof Error ? error.message : String(error) });
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
  }
}
