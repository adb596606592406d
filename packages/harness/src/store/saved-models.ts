// Whether stored runs have their trained models beside the report.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RecordStatus } from './record.js';
import type { Entry } from './scan.js';
import { readRecord } from './store.js';

/** Statuses of runs that end with a model. */
const WITH_MODEL: ReadonlySet<RecordStatus> = new Set(['done', 'target-reached', 'budget', 'diverged']);

/** Returns whether a stored run has its model in a directory, or never had one. */
export function savedIn(directory: string): (entry: Entry) => boolean {
  return (entry) => {
    if (!WITH_MODEL.has(entry.header.status)) return true;
    const { savedModel } = readRecord(entry).body.result;
    if (savedModel === undefined) return false;
    const { params, onnx = params } = savedModel;
    return [params, onnx].every((file) => existsSync(path.join(directory, file)));
  };
}
