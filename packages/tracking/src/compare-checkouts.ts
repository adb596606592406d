// Measuring two checkouts for a comparison: hard numbers of both, times in turns, and once more what came out slower.

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
 * Compares two checkouts, each with its own copy of the plugins that are in one of them.
 *
 * @throws GaussmarkError if the request is wrong
 * @throws MeasurerFailure if one of them cannot be measured
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

/** What is in one of the checkouts is code that is compared: each is measured with what it has at that place itself. */
function ownPlugins(
  plugins: readonly string[],
  { directory }: Checkout,
  checkouts: readonly Checkout[],
): string[] {
  // Of a checkout within the other one, the inner one.
  const roots = checkouts.map((checkout) => checkout.directory).sort((a, b) => b.length - a.length);
  return plugins.map((plugin) => {
    const root = roots.find((each) => plugin === each || plugin.startsWith(`${each}${path.sep}`));
    return root === undefined ? plugin : path.join(directory, path.relative(root, plugin));
  });
}

/** What has no noise may be measured of both at once. If one of them fails, the other is not waited for. */
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

/** Times, and a second session with fresh processes for what is slower: chance, or a process that was unlucky, is not twice. */
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
