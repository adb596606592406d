// The tracked cells: those of a profile, with the profile's names of the optimizers.

import { type Cell, type Locations, mostBatches, plannedSteps } from '@gaussmark/cell';
import { choosePlugins, formatSelection, type Registry, selectedPoints } from '@gaussmark/core';
import { demandNamedEngines, findProfile, groupsOf, planGroups } from '@gaussmark/harness';
import { type CoverageSubject, coverageSubjects } from './cover.js';

/** What to measure, as text: every checkout fills in its own defaults, so changed defaults show. JSON. */
export interface TrackingRequest {
  /** Name or file of a profile. */
  readonly profile: string;
  /** Override the profile's. */
  readonly problems?: readonly string[] | undefined;
  readonly optimizers?: readonly string[] | undefined;
  readonly engines?: readonly string[] | undefined;
  readonly threads?: number | undefined;
  /** The most steps for the hard measures; overrides the profile. */
  readonly steps?: number | undefined;
  /** false: the settings of plugins are not tried; 'all': those of every optimizer are. */
  readonly coverage?: boolean | 'all' | undefined;
}

export const TRACKING_PROFILE = 'tracking';

/** Steps of a cell given by its problem, or with a budget in seconds or work. */
const DEFAULT_STEPS = 100;

export interface TrackedCell {
  readonly cell: Cell;
  /** As the profile writes it: `sgn[cgIterations=3]`. */
  readonly optimizer: string;
  /** The most steps for the hard measures. */
  readonly steps: number;
}

export interface TrackingPlan {
  readonly cells: readonly TrackedCell[];
  readonly skipped: readonly { readonly problem: string; readonly reason: string }[];
  /** What is covered besides. */
  readonly coverage: readonly CoverageSubject[];
  /** The info of each engine. */
  readonly engines: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

/**
 * The cells of a request, with the first seed of each run of the profile. All invalid input is refused here.
 *
 * @throws GaussmarkError that names the invalid input
 */
export async function planTracking(
  request: TrackingRequest,
  registry: Registry,
  locations: Locations,
): Promise<TrackingPlan> {
  demandNamedEngines(request.engines, 'revisions are compared on the same engine');
  const profile = await findProfile(request.profile, locations.cwd);
  const steps = request.steps ?? (request.problems === undefined ? undefined : DEFAULT_STEPS);
  const asked = steps === undefined ? request : { ...request, budget: { steps } };
  const groups = groupsOf(asked, profile).map((group) => ({ ...group, seeds: group.seeds.slice(0, 1) }));
  const written = new Map<string, string>();
  for (const point of selectedPoints(groups.flatMap(({ optimizers }) => optimizers))) {
    const text = formatSelection(point);
    // Labels depend on the defaults; the text as written does not.
    for (const { label } of await choosePlugins('optimizer', [text], registry)) written.set(label, text);
  }
  const plan = await planGroups(groups, asked, registry, locations);
  const stepsPerEpoch = new Map(plan.problems.map((problem) => [problem.name, problem.stepsPerEpoch]));
  return {
    cells: plan.cells.map((cell) => {
      const batches = mostBatches(registry.find('optimizer', cell.optimizer.name).manifest);
      const planned = plannedSteps(cell.budget, stepsPerEpoch.get(cell.problem.name)!, batches);
      return { cell, optimizer: written.get(cell.label) ?? cell.label, steps: planned ?? DEFAULT_STEPS };
    }),
    skipped: plan.skipped.map(({ problem, optimizer, reason }) => ({
      problem,
      reason: `${optimizer}: ${reason}`,
    })),
    coverage: coverageOf(request, registry, plan.cells),
    engines: plan.engines,
  };
}

/**
 * By default, every model, dataset and loss, the profile's optimizers and those from elsewhere: the others of the workspace take
 * minutes. If the user chose what to measure, what the cells use.
 */
function coverageOf(
  { coverage, problems, optimizers }: TrackingRequest,
  registry: Registry,
  cells: readonly Cell[],
): CoverageSubject[] {
  if (coverage === false) return [];
  const every = coverageSubjects(registry, 'all');
  if (coverage === 'all') return every;
  const used = coverageSubjects(registry, cells);
  if (problems !== undefined || optimizers !== undefined) return used;
  return every.filter(
    ({ kind, name }) =>
      kind !== 'optimizer' ||
      used.some((each) => each.kind === kind && each.name === name) ||
      registry.find(kind, name).source !== 'workspace',
  );
}
