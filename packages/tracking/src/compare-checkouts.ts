// Measures two checkouts: hard measures of both, times in turns, and a second session for what came out slower.

import path from 'node:path';
import { assembleSnapshot } from './assemble-snapshot.js';
import type { Checkout } from './checkout.js';
import { type ComparedSides, slowerClock } from './comparison.js';
import { type PairedOptions, type PairedTimings, timePaired } from './paired-timing.js';
import type { Tier } from './snapshot.js';
import { type Measured, type MeasureOptions, measureHard, planMeasures } from './take-snapshot.js';

export interface CheckoutsOptions extends Omit<PairedOptions, 'plugins'>, MeasureOptions {
  readonly tiers: readonly Tier[];
}

/**
 * Measures two checkouts, each with its own copy of plugins that lie in one of them.
 *
 * @throws GaussmarkError if the request is wrong
 * @throws MeasurerFailure if one cannot be measured
 */
export async function measureCheckouts(
  from: Checkout,
  to: Checkout,
  options: CheckoutsOptions,
): Promise<Pick<ComparedSides, 'from' | 'to' | 'paired'>> {
  const plugins = (checkout: Checkout) => ownPlugins(options.plugins, checkout, [from, to]);
  const [before, after] = await bothAtOnce([from, to], options, (checkout, linked) => {
    const measuring = { ...linked, plugins: plugins(checkout) };
    return options.tiers.includes('hard')
      ? measureHard(checkout, measuring)
      : planMeasures(checkout, measuring);
  });
  const timing = { ...options, plugins: { from: plugins(from), to: plugins(to) } };
  const paired = options.tiers.includes('timed') ? await timed(from, to, timing) : undefined;
  const side = async (checkout: Checkout, measured: Measured) => ({
    name: checkout.name,
    snapshot: await assembleSnapshot(checkout.directory, options.request, measured),
  });
  return { from: await side(from, before), to: await side(to, after), paired };
}

/** A plugin inside a checkout belongs to the comparison: each checkout uses its own at the same place. */
function ownPlugins(
  plugins: readonly string[],
  { directory }: Checkout,
  checkouts: readonly Checkout[],
): string[] {
  // If one checkout lies within the other, the inner one wins.
  const roots = checkouts.map((checkout) => checkout.directory).sort((a, b) => b.length - a.length);
  return plugins.map((plugin) => {
    const root = roots.find((each) => plugin === each || plugin.startsWith(`${each}${path.sep}`));
    return root === undefined ? plugin : path.join(directory, path.relative(root, plugin));
  });
}

/** Measures without noise may run at the same time. If one side fails, the other stops. */
async function bothAtOnce(
  [from, to]: readonly [Checkout, Checkout],
  options: CheckoutsOptions,
  measure: (checkout: Checkout, options: CheckoutsOptions) => Promise<Measured>,
): Promise<readonly [Measured, Measured]> {
  const failed = new AbortController();
  const linked = { ...options, signal: AbortSignal.any([options.signal, failed.signal]) };
  try {
    return await Promise.all([measure(from, linked), measure(to, linked)]);
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/** Times both, then confirms what is slower in a second session with fresh processes: bad luck rarely strikes twice. */
async function timed(
  from: Checkout,
  to: Checkout,
  options: PairedOptions,
): Promise<{ readonly timings: PairedTimings; readonly confirmed?: PairedTimings }> {
  const timings = await timePaired(from, to, options);
  const slower = timings.outcomes.filter((outcome) => slowerClock(outcome) !== undefined);
  if (slower.length === 0) return { timings };
  const onProgress: PairedOptions['onProgress'] = (what, done, total) =>
    options.onProgress(`confirming: ${what}`, done, total);
  const only = slower.map(({ subject }) => subject.id);
  return {
    timings,
    confirmed: await timePaired(from, to, { ...options, onProgress, floors: timings.floors }, only),
  };
}
