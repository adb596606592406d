// The report as text: a row for each problem and step, a column for each peer.

import { PEERS } from './peers.mjs';

/** Seconds with three digits, in the unit that fits. */
export function formatSeconds(seconds) {
  const [scale, unit] = seconds >= 1 ? [1, 's'] : seconds >= 1e-3 ? [1e3, 'ms'] : [1e6, 'us'];
  return `${(seconds * scale).toPrecision(3)} ${unit}`;
}

const interval = ({ median, low, high }) =>
  low === null ? median.toFixed(2) : `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

function cell(result) {
  if (result === undefined) return '';
  return result.status === 'timed' ? interval(result.ratio) : result.status;
}

/** A row in one line, as soon as it is measured. */
export function formatProgress(row) {
  const what = [row.problem, row.step].filter((word) => word !== undefined).join(' ');
  if (row.peers === undefined) return `${what}: ${row.skipped ?? row.error}`;
  const theirs = Object.entries(row.peers).map(([name, result]) => `${name} ${cell(result)}`);
  const ours = `${what}: ${formatSeconds(row.ours.step.median)}`;
  return theirs.length === 0 ? `${ours}; no peers` : `${ours}; ours / ${theirs.join(', ')}`;
}

/** The whole report. Ratios are ours / theirs, with 95 % intervals: below 1, ours is faster. */
export function formatReport(report) {
  const names = Object.keys(report.peers).filter((name) => name in PEERS);
  const timed = report.rows.filter((row) => row.peers !== undefined);
  const header = [
    'problem',
    'dtype',
    'step',
    'ours',
    'ours / best',
    ...names.map((name) => `ours / ${name}`),
  ];
  const body = timed.map((row) => [
    row.problem,
    row.dtype,
    row.step,
    formatSeconds(row.ours.step.median),
    row.best === undefined ? '-' : `${row.ratio.median.toFixed(2)} ${row.best}`,
    ...names.map((name) => cell(row.peers[name])),
  ]);
  const widths = header.map((text, i) => Math.max(text.length, ...body.map((cells) => cells[i].length)));
  const line = (cells) =>
    cells
      .map((text, i) => text.padEnd(widths[i]))
      .join('  ')
      .trimEnd();

  const notes = [];
  for (const row of report.rows) {
    if (row.skipped !== undefined) notes.push(`${row.problem} is left out: ${row.skipped.split('\n')[0]}`);
    if (row.error !== undefined) notes.push(`${row.problem} ${row.step ?? ''} failed: ${row.error}`);
    for (const [name, result] of Object.entries(row.peers ?? {})) {
      if (result.reason !== undefined)
        notes.push(`${row.problem} ${row.step}: ${name} ${result.status}: ${result.reason}`);
      const difference = workDifference(row.ours.work, result.work);
      if (difference !== undefined) notes.push(`${row.problem} ${row.step}: ${name} ${difference}`);
    }
  }
  for (const [name, reason] of Object.entries(report.skipped)) notes.push(`${name} is left out: ${reason}`);
  const { cpu } = report.machine;
  return [
    `${cpu}, ${report.threads} thread${report.threads === 1 ? '' : 's'}, ${report.rounds} interleaved rounds; ratios are ours / theirs`,
    '',
    line(header),
    ...body.map(line),
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ].join('\n');
}

/** What a peer did more or less than ours in the same steps, if it matters to their times. */
export function workDifference(ours, theirs) {
  if (ours === undefined || theirs === undefined) return undefined;
  const { cgIterations, lineSearchSteps } = ours;
  if (cgIterations === theirs.cgIterations && lineSearchSteps === theirs.lineSearchSteps) return undefined;
  return (
    `took ${theirs.cgIterations} CG iterations and ${theirs.lineSearchSteps} line-search steps where ours took ` +
    `${cgIterations} and ${lineSearchSteps}`
  );
}
