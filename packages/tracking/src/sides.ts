// What a user gives to compare: a checkout, which is measured; or a snapshot or report, which was measured before.

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
 * What a path leads to. A folder with a harness in it is a checkout, another one a report or the stored runs of one; a file
 * is a snapshot or a report.
 *
 * @param note is told what of a report was damaged
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
      expected: 'packages/harness or node_modules/@gaussmark/harness in it; or report.json, or stored runs',
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
    // The reader of reports says what is wrong with it.
    return false;
  }
}
