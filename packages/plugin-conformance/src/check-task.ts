// The worker's task to check a plugin: runs its checks from a given one on, and reports each.

import type { Locations } from '@gaussmark/cell';
import type { PluginKind } from '@gaussmark/core';
import { type KnownPlugins, noteCall, registryOf, type TaskOf } from '@gaussmark/worker';
import { type Finding, notRun, perform } from './finding.js';
import { checksOf } from './suite.js';

export type CheckEvent =
  /** A check begins. */
  | {
      readonly type: 'next';
      readonly check: string;
      readonly index: number;
      readonly total: number;
      /** Whether the others need it. */
      readonly isBasis: boolean;
    }
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
    const { name: text, isBasis = false } = check;
    emit({ type: 'next', check: text, index, total: checks.length, isBasis });
    const { finding, threw } = await perform(check);
    emit({ type: 'finding', finding });
    if (threw && isBasis) {
      for (const rest of notRun(checks.length - index - 1, `they need '${text}'`))
        emit({ type: 'finding', finding: rest });
      break;
    }
    // The watchdog counts how long JavaScript runs without returning: per check.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return null;
};
