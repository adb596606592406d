// Histories with known changes: 200 nights of seeded noise, with steps and drifts planted in them.
import { mersenneTwister, uniformDouble } from '@gaussmark/random';

export const NIGHTS = 200;
/** Relative sizes of what is planted; half of them go down. */
export const STEP_SIZES = [0.03, 0.05, 0.1, 0.2];
export const DRIFT_SIZES = [0.1, 0.2];
/** Relative standard deviations of a night. */
export const NOISE_LEVELS = [0.01, 0.02, 0.04, 0.08];
export const NOISE_KINDS = ['normal', 'outliers', 'heavy tails', 'autocorrelated'];

const DRIFT_NIGHTS = 50;
/** Nights before the first change, between two, and after the last one. */
const ROOM = 22;

/**
 * One history: seconds by night, and what was planted. Four changes, two steps, a drift and a step, at random nights in
 * random directions; `calm` has none.
 *
 * Noise multiplies: exp(deviation e). `outliers`: 3 % of the nights are 10 to 40 % slow besides. `heavy tails`: Student's t with 3
 * degrees of freedom, scaled to a standard deviation of 1. `autocorrelated`: AR(1) with 0.3.
 */
export function syntheticHistory({ seed, deviation, noise, calm = false }) {
  const random = seededNoise(seed);
  const error = errorsOf(noise, random);
  const planted = calm ? [] : plant(random);
  const values = Array.from({ length: NIGHTS }, (_, night) => {
    const level = planted.reduce((sum, change) => sum + effect(change, night), Math.log(0.012));
    const slow = noise === 'outliers' && random.uniform() < 0.03 ? 0.1 + 0.3 * random.uniform() : 0;
    return Math.exp(level + deviation * error() + slow);
  });
  return { values, planted };
}

/** Whether a detected change is the planted one: of its kind and direction, a step within two nights, a drift over half of it. */
export function matches(planted, found) {
  if (found.kind !== planted.kind || found.size > 1 !== planted.size > 1) return false;
  if (planted.kind === 'step') return Math.abs(found.start - planted.start) <= 2;
  const shared = Math.min(found.end, planted.end) - Math.max(found.start, planted.start);
  return shared >= (planted.end - planted.start) / 2;
}

/**
 * Pairs what was found with what was planted. A drift that is described as steps of its direction inside it counts as `staircase`:
 * seen, not as what it is; such steps are no false alarms.
 */
export function score(planted, changes) {
  const used = new Set();
  const outcomes = planted.map((change) => {
    const hit = changes.find((found) => !used.has(found) && matches(change, found));
    if (hit !== undefined) used.add(hit);
    return hit === undefined ? 'missed' : 'found';
  });
  planted.forEach((change, i) => {
    const parts = changes.filter((found) => !used.has(found) && isPartOf(found, change));
    for (const part of parts) used.add(part);
    if (outcomes[i] === 'missed' && parts.length > 0) outcomes[i] = 'staircase';
  });
  return { outcomes, falseAlarms: changes.length - used.size };
}

function isPartOf(found, change) {
  return (
    change.kind === 'drift' &&
    found.size > 1 === change.size > 1 &&
    found.start >= change.start - 5 &&
    found.end <= change.end + 5
  );
}

function effect({ start, end, size }, night) {
  const share =
    end === start ? Number(night >= start) : Math.min(1, Math.max(0, (night - start) / (end - start - 1)));
  return Math.log(size) * share;
}

function plant(random) {
  const kinds = ['step', 'step', 'drift', 'step'];
  // The nights that are left over after all room is given are shared out at random.
  const spare = NIGHTS - DRIFT_NIGHTS - 5 * ROOM;
  const cuts = kinds.map(() => Math.floor(random.uniform() * (spare + 1))).sort((a, b) => a - b);
  let at = 0;
  return kinds.map((kind, i) => {
    const sizes = kind === 'step' ? STEP_SIZES : DRIFT_SIZES;
    const relative = sizes[Math.floor(random.uniform() * sizes.length)];
    const size = random.uniform() < 0.5 ? 1 + relative : 1 / (1 + relative);
    const start = at + ROOM + cuts[i] - (cuts[i - 1] ?? 0);
    const end = kind === 'step' ? start : start + DRIFT_NIGHTS;
    at = end;
    return { kind, start, end, size, relative };
  });
}

function errorsOf(noise, { normal }) {
  if (noise === 'heavy tails') {
    return () => normal() / Math.sqrt(normal() ** 2 + normal() ** 2 + normal() ** 2);
  }
  const rho = noise === 'autocorrelated' ? 0.3 : 0;
  let error = normal();
  return () => {
    error = rho * error + Math.sqrt(1 - rho ** 2) * normal();
    return error;
  };
}

/** Uniform numbers in [0, 1) and standard normal ones (Box and Muller), from one stream. */
export function seededNoise(seed) {
  const generator = mersenneTwister(seed);
  const uniform = () => uniformDouble(generator);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
