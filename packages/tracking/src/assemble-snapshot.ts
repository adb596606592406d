// Builds the snapshot of a checkout from its measures.

import { VERSION } from '@gaussmark/cell';
import { defined, valueWithoutHome } from '@gaussmark/core';
import { describeEnvironment } from '@gaussmark/harness';
import type { TrackingRequest } from './plan-tracking.js';
import { describeRevision } from './revision.js';
import { machineClass, SNAPSHOT_FORMAT, SNAPSHOT_SCHEMA_VERSION, type Snapshot } from './snapshot.js';
import type { Measured } from './take-snapshot.js';

/** @param directory of the measured code, for its revision */
export async function assembleSnapshot(
  directory: string,
  request: TrackingRequest,
  { suite, measures, coverage }: Measured,
): Promise<Snapshot> {
  const { cells, skipped, engineInfo } = suite;
  const engines = Object.keys(engineInfo).length === 0 ? {} : { engine: engineInfo };
  const environment = await describeEnvironment(engines, directory, 1);
  return valueWithoutHome({
    format: SNAPSHOT_FORMAT,
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    created: new Date().toISOString(),
    tool: VERSION,
    revision: await describeRevision(directory, environment),
    machine: { class: machineClass(environment, engineInfo), environment },
    suite: { profile: nameOf(request), cells: [...cells], skipped: [...skipped] },
    measures: [...measures],
    ...defined({ coverage: coverage && [...coverage] }),
  });
}

/** The profile, or what replaced it. */
function nameOf({ profile, problems, optimizers }: TrackingRequest): string {
  const own = [...(problems ?? []), ...(optimizers ?? [])];
  return own.length === 0 ? profile : `${profile} with ${own.join(', ')}`;
}
