// Planning for a command: finds plugins and plans in a worker, which starts while they are found.

import { formatSeconds } from '@gaussmark/analysis/words';
import type { Cell, Locations } from '@gaussmark/cell';
import { GaussmarkError, type Registry } from '@gaussmark/core';
import {
  describeEnvironment,
  locationsOf,
  PLAN,
  type Plan,
  plannerIn,
  type ReportFrame,
} from '@gaussmark/harness';
import type { PluginHost, PluginHostOptions } from '@gaussmark/worker';
import type { CommandContext } from './context.js';
import type { PluginOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { findPlugins, requireNamedPlugins } from './registry.js';

export interface Planning {
  readonly host: PluginHost;
  readonly registry: Registry;
  readonly locations: Locations;
  readonly planner: ReturnType<typeof plannerIn>;
}

/** Does `work` with the plugins around a command, loaded in a worker. */
export function withPlanner<T>(
  purpose: string,
  options: PluginOptions & NonNullable<PluginHostOptions['limits']>,
  { cwd, screen }: CommandContext,
  work: (planning: Planning) => Promise<T>,
): Promise<T> {
  const locations = locationsOf(cwd, options.plugin);
  return withPluginWorker(
    { purpose, prepare: PLAN, limits: options },
    screen.err,
    async (host) => {
      const registry = await findPlugins(locations);
      requireNamedPlugins(registry);
      return work({ host, registry, locations, planner: plannerIn(host, registry, locations) });
    },
    options.verbose ?? false,
  );
}

/** What a report says besides its runs. */
export async function reportFrame(
  title: string,
  engines: Plan['engines'],
  jobs: number,
  { workspaceRoot }: Locations,
  { cwd, args }: CommandContext,
): Promise<ReportFrame> {
  const environment = await describeEnvironment(engines, workspaceRoot ?? cwd, jobs);
  return { title, created: new Date(), command: ['bench', ...args], environment };
}

/**
 * The only cell of a plan.
 *
 * @param limit the reason that there can be one: `a file holds one`
 * @throws GaussmarkError if there are none or several
 */
export function onlyCell({ cells, skipped }: Plan, limit: string): Cell {
  const [cell, ...others] = cells;
  if (cell === undefined) {
    throw new GaussmarkError('the options select no step', {
      got: skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`).join('; '),
    });
  }
  if (others.length > 0) {
    throw new GaussmarkError(`the options select ${cells.length} steps, but ${limit}`, {
      got: cells.map(({ id }) => id).join(', '),
      remedy: 'give one --problem and one --optimizer, with one value per hyperparameter',
    });
  }
  return cell;
}

/** What `--engine auto` chose. */
export function choiceNotes({ engineChoices = [] }: Pick<Plan, 'engineChoices'>): string[] {
  return engineChoices.map(({ problem, engine, seconds }) => {
    const others = Object.entries(seconds).filter(([label]) => label !== engine);
    const times = others.map(([label, each]) => `${label} ${formatSeconds(each)}`).join(', ');
    const own = `${problem}: ${engine} is the fastest engine, ${formatSeconds(seconds[engine]!)} a step`;
    return times === '' ? own : `${own} (${times})`;
  });
}
