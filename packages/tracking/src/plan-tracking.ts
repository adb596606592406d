// What is tracked: the cells of a profile, each under the name that the profile gives its optimizer.

import { choosePlugins, formatSelection, type Registry, selectedPoints } from '@gaussmark/core';
import {
  type Cell,
  findProfile,
  groupsOf,
  type Locations,
  planGroups,
  plannedSteps,
} from '@gaussmark/harness';
import { type CoverageSubject, coverageSubjects } from './exercise/cover.js';

/** What to measure, as text: every checkout fills in its own defaults, so that a changed default shows. All JSON. */
export interface TrackingRequest {
  /** Name or file of a profile. */
  readonly profile: string;
  /** In place of the profile's. */
  readonly problems?: readonly string[] | undefined;
  readonly optimizers?: readonly string[] | undefined;
  readonly engines?: readonly string[] | undefined;
  readonly threads?: number | undefined;
  /** Most steps for the hard measures, in place of the profile's. */
  readonly steps?: number | undefined;
  /** false: the settings of plugins are not tried. */
  readonly coverage?: boolean | undefined;
}

export const TRACKING_PROFILE = 'tracking';

/** Steps of a cell whose problem was given, or whose profile counts in seconds or work. */
const DEFAULT_STEPS = 100;

export interface TrackedCell {
  readonly cell: Cell;
  /** As the profile writes it: `sgn[cgIterations=3]`. */
  readonly optimizer: string;
  /** Most steps that are taken for the hard measures. */
  readonly steps: number;
}

export interface TrackingPlan {
  readonly cells: readonly TrackedCell[];
  readonly skipped: readonly { readonly problem: string; readonly reason: string }[];
  /** What is covered beside them. */
  readonly coverage: readonly CoverageSubject[];
  /** What each engine says of itself. */
  readonly engines: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

/**
 * The cells of a request, with the first seed of each run of the profile. Everything a user can get wrong is found here.
 *
 * @throws GaussmarkError for whatever is wrong, naming it
 */
export async function planTracking(
  request: TrackingRequest,
  registry: Registry,
  locations: Locations,
): Promise<TrackingPlan> {
  const profile = await findProfile(request.profile, locations.cwd);
  const steps = request.steps ?? (request.problems === undefined ? undefined : DEFAULT_STEPS);
  const asked = steps === undefined ? request : { ...request, budget: { steps } };
  const groups = groupsOf(asked, profile).map((group) => ({ ...group, seeds: group.seeds.slice(0, 1) }));
  const written = new Map<string, string>();
  for (const point of selectedPoints(groups.flatMap(({ optimizers }) => optimizers))) {
    const text = formatSelection(point);
    // A label also names what differs from the defaults, which is what changes when a default does.
    for (const { label } of await choosePlugins('optimizer', [text], registry)) written.set(label, text);
  }
  const plan = await planGroups(groups, asked, registry, locations);
  const stepsPerEpoch = new Map(plan.problems.map((problem) => [problem.name, problem.stepsPerEpoch]));
  return {
    cells: plan.cells.map((cell) => {
      const planned = plannedSteps(cell.budget, stepsPerEpoch.get(cell.problem.name)!);
      return { cell, optimizer: written.get(cell.label) ?? cell.label, steps: planned ?? DEFAULT_STEPS };
    }),
    skipped: plan.skipped.map(({ problem, optimizer, reason }) => ({
      problem,
      reason: `${optimizer}: ${reason}`,
    })),
    coverage:
      request.coverage === false ? [] : coverageSubjects(registry, isOwn(request) ? plan.cells : 'all'),
    engines: plan.engines,
  };
}

/** Whoever names what to measure means that; else every plugin that is found is looked at. */
const isOwn = ({ problems, optimizers }: TrackingRequest): boolean =>
  problems !== undefined || optimizers !== undefined;
