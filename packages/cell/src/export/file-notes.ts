// The notes in exported files: what they come from.

import { canonicalJson } from '@gaussmark/core';
import type { Cell } from '../cell.js';
import { VERSION } from '../version.js';

/** Notes by key, for `metadata` of an engine's export. */
export function fileNotes(cell: Cell): Readonly<Record<string, string>> {
  const { problem, optimizer, label, engineLabel, seed, budget } = cell;
  return {
    'gaussmark.version': VERSION,
    'gaussmark.problem': problem.name,
    'gaussmark.dataset': problem.dataset.name,
    'gaussmark.model': problem.model.name,
    'gaussmark.loss': problem.loss,
    'gaussmark.dtype': problem.dtype,
    'gaussmark.optimizer': label,
    'gaussmark.hyperparameters': canonicalJson(optimizer.hyperparameters),
    'gaussmark.engine': engineLabel,
    'gaussmark.seed': String(seed),
    'gaussmark.budget': canonicalJson(budget),
  };
}
