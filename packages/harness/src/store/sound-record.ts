// Whether an older record, without a checksum, is intact: it must fit into a report.

import { reportIssues } from '@gaussmark/analysis';
import { assembleReport, outcomeOf } from '../document/assemble.js';
import type { RunRecord } from './record.js';

const STATUSES: Readonly<Record<RunRecord['header']['status'], true>> = {
  done: true,
  'target-reached': true,
  budget: true,
  diverged: true,
  skipped: true,
  failed: true,
  timeout: true,
  'out-of-memory': true,
  cancelled: true,
};

export function isSound(record: RunRecord): boolean {
  const { key, id, status, finished, seconds, parts } = record.header;
  const { problem, environment, cell } = record.body;
  if (!/^[0-9a-f]{64}$/.test(key) || !(status in STATUSES) || !(seconds >= 0)) return false;
  if (Number.isNaN(Date.parse(finished)) || typeof parts !== 'object' || parts === null) return false;
  if (cell.id !== id || cell.problem.name !== problem.name) return false;
  try {
    const frame = { title: '', created: new Date(0), command: [], environment };
    return (
      reportIssues(assembleReport({ problems: [problem], skipped: [] }, [outcomeOf(record)], frame))
        .length === 0
    );
  } catch {
    return false;
  }
}
