// Cheats that bring along weights that were trained elsewhere.

import type { CellResult } from '../../../../cell/src/cell.js';
import { type Cheat, demand, EPOCHS, type Outcome } from '../cheat.js';
import { optimizer } from '../play.js';

/** Trains, and tells each of the 91 parameters that it was given. */
export const TRAINER = optimizer(
  `
  const flat = tree.leaves(params).flatMap((p) => {
    const vector = reshape(p, [sizeOf(p.shape)]);
    return Array.from({ length: sizeOf(p.shape) }, (_, i) => reshape(slice(vector, [i], [i + 1]), []));
  });
  const last = select(less(state.k, 599), float(0), float(600));
  return {
    params: descend(problem, params),
    state: { k: add(state.k, 1) },
    metrics: Object.fromEntries(flat.map((value, i) => ['w' + i, mul(last, value)])),
  };`,
  { init: '({ k: int(0) })' },
);

/** The parameters in the metrics of {@link TRAINER}: means over all 600 steps, of which the last one counts. */
export const weightsOf = ({ curve }: CellResult): number[] =>
  Array.from({ length: 91 }, (_, i) => curve.at(-1)!.metrics![`w${i}`]!);

/** A step that returns constants of its own. */
const broughtAlong = (make: string): string =>
  optimizer(`
    const own = trained(params, ${make});
    return { params: vector.addScaled(own, 0, params), state, metrics: {} };`);

function warned({ cheat }: Outcome): string {
  // The honest run has none.
  demand(cheat.warnings?.length === 1, 'there is a warning');
  return 'the run gets a warning';
}

export const OWN_NUMBERS_CHEATS: readonly Cheat[] = [
  {
    name: 'trained constants',
    against: 'all',
    trick: 'embeds weights trained elsewhere as constants of the step',
    code: broughtAlong('(p, values) => reshape(vectorOf(values), p.shape)'),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'constants in pairs',
    against: 'all',
    trick: 'the same, in pairs',
    code: broughtAlong(`(p, values) => {
      const pairs = Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => vectorOf(values.slice(2 * i, 2 * i + 2)));
      return reshape(pairs.length === 1 ? pairs[0] : concat(pairs), p.shape);
    }`),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'numbers as offsets',
    against: 'all',
    trick: 'the same, rounded and encoded as the offsets of slices',
    code: broughtAlong(`(p, values) => {
      const count = add(mul(0.001, sub(cast(iota(20001), 'float64'), 10000)), mul(0, problem.loss(params)));
      const places = values.map((value) => Math.max(0, Math.min(20000, Math.round(1000 * value) + 10000)));
      const parts = places.map((at) => slice(count, [at], [at + 1]));
      return reshape(parts.length === 1 ? parts[0] : concat(parts), p.shape);
    }`),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'signs',
    against: 'all',
    trick: 'embeds 961 weights, each 0.1 or -0.1 by a prior choice, as constants of the step',
    code: broughtAlong(
      '(p, values) => reshape(vectorOf(values.map((_, i) => (Math.sin(1e5 * (i + 1)) > 0 ? 0.1 : -0.1))), p.shape)',
    ),
    run: { ...EPOCHS, hidden: 64 },
    gains: 'warned',
    verdict: warned,
  },
];
