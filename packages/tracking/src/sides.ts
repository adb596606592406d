// The sides of a comparison: a checkout, to be measured, or a snapshot or report, measured before.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { GaussmarkError, readJson } from '@gaussmark/core';
import { isAbsent, readReportOrStore } from '@gaussmark/harness';
import { type Checkout, findCheckout, isCheckout } from './checkout.js';
import { snapshotOfReport } from './report-measures.js';
import { readSnapshot, SNAPSHOT_FORMAT, type Snapshot } from './snapshot.js';

export type Side =
  | { readonly kind: 'checkout'; readonly name: string; readonly checkout: Checkout }
  | { readonly kind: 'snapshot'; readonly name: string; readonly snapshot: Snapshot };

/**
 * The side at a path. A folder with a gaussmark in it is a checkout; any other holds a report or its stored runs. A file is a
 * snapshot or a report.
 *
 * @param note receives notes on damaged parts of a report
 * @throws GaussmarkError if it is none of these, with what it could be
 */
export async function resolveSide(
  name: string,
  cwd: string,
  args: readonly string[],
  note: (line: string) => void,
): Promise<Side> {
  const place = path.resolve(cwd, name);
  const info = await stat(place).catch(() => undefined);
  if (info === undefined) {
    throw new GaussmarkError(`there is nothing at ${name}`, {
      expected: 'a snapshot file, a report, or a folder with a built checkout',
      got: place,
      remedy:
        "make a snapshot with 'bench snapshot --out FILE', a checkout with 'git worktree add FOLDER COMMIT'",
    });
  }
  if (info.isDirectory()) {
    if (await isCheckout(place)) return { kind: 'checkout', name, checkout: await findCheckout(name, cwd) };
  } else if (await isSnapshot(place)) {
    return { kind: 'snapshot', name, snapshot: await readSnapshot(name, cwd) };
  }
  try {
    return {
      kind: 'snapshot',
      name,
      snapshot: snapshotOfReport(await readReportOrStore(name, { cwd, args, note })),
    };
  } catch (cause) {
    if (!isAbsent(cause)) throw cause;
    throw new GaussmarkError(`${name} is neither a checkout nor a report`, {
      expected: 'a folder with packages/tracking, @gaussmark/cli, report.json or stored runs in it',
      got: place,
      cause,
    });
  }
}

async function isSnapshot(file: string): Promise<boolean> {
  try {
    const document = (await readJson(file)) as { readonly format?: unknown } | null;
    return document?.format === SNAPSHOT_FORMAT;
  } catch {
    // Reading it as a report will name the fault.
    return false;
  }
}
