// The worker's task to check a plugin: runs its checks from a given one on, and reports each.

import type { Locations } from '@gaussmark/cell';
import type { PluginKind } from '@gaussmark/core';
import { type KnownPlugins, noteCall, registryOf, type TaskOf } from '@gaussmark/worker';
import { type Finding, findingOf } from './finding.js';
import { checksOf } from './suite.js';

export type CheckEvent =
  /** A check begins. */
  | { readonly type: 'next'; readonly check: string; readonly index: number; readonly total: number }
  | { readonly type: 'finding'; readonly finding: Finding };

export interface CheckPluginTask {
  readonly input: {
    readonly kind: PluginKind;
    readonly name: string;
    /** Checks before this one are skipped: another worker has done them. */
    readonly from: number;
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: CheckEvent;
  readonly result: null;
}

export const checkPluginTask: TaskOf<CheckPluginTask> = async (
  { kind, name, from, known, locations },
  { emit, signal },
) => {
  const checks = await checksOf({ kind, name }, registryOf(known), locations);
  for (const [index, check] of checks.entries()) {
    if (index < from) continue;
    if (signal.aborted) break;
    noteCall(kind, name);
    emit({ type: 'next', check: check.name, index, total: checks.length });
    emit({ type: 'finding', finding: await findingOf(check) });
  }
  return null;
};
