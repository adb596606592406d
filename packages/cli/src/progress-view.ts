// Progress as text: the live display, and the log line of a finished run.

import { type Cell, type CurvePoint, evaluated } from '@gaussmark/cell';
import type { CellOutcome, CurrentCell, ProgressState } from '@gaussmark/harness';
import { truncate, widthOf } from './paragraph.js';
import { formatDuration } from './quantities.js';
import type { Colors } from './styles.js';
import type { Viewport } from './table.js';

const PHASES: Readonly<Record<CurrentCell['phase'], string>> = {
  start: 'starting',
  load: 'loading data',
  compile: 'compiling',
  train: 'training',
};

/** Shortest useful bar. */
const LEAST_BAR = 10;

/** Statuses that need no reason. */
const SUCCESS: ReadonlySet<string> = new Set(['done', 'budget', 'target-reached']);

/** The live display: totals, each problem, the current runs. */
export function renderProgress(state: ProgressState, { columns, colors }: Viewport): string {
  const { cells, outcomes, current, elapsed, left } = state;
  const time = left === null ? 'estimating the time left' : `about ${formatDuration(left)} left`;
  const facts = [`${outcomes.length}/${cells.length} runs`, formatDuration(elapsed), time].join(' · ');
  const running = current.reduce((sum, { fraction }) => sum + fraction, 0);
  const done = (outcomes.length + running) / Math.max(1, cells.length);
  const barWidth = Math.min(40, columns - widthOf(facts) - 8);
  const head =
    barWidth >= LEAST_BAR
      ? [`  ${bar(done, barWidth, colors)}  ${facts}`]
      : [`  ${bar(done, columns - 4, colors)}`, truncate(`  ${facts}`, columns - 1)];
  const lines = [...head, '', ...problemLines(state, columns, colors)];
  for (const each of current) lines.push('', ...currentLines(each, columns, colors));
  return lines.join('\n');
}

function problemLines(
  { cells, outcomes, current }: ProgressState,
  columns: number,
  colors: Colors,
): string[] {
  const names = [...new Set(cells.map(({ problem }) => problem.name))];
  const longest = Math.min(Math.max(...names.map(widthOf)), Math.floor(columns / 3));
  return names.map((name) => {
    const total = cells.filter((cell) => cell.problem.name === name).length;
    const ended = outcomes.filter(({ cell }) => cell.problem.name === name);
    const best = bestOf(ended);
    const count = `${ended.length}/${total}`.padStart(7);
    const label = truncate(name, longest);
    const text = `  ${label}${' '.repeat(Math.max(0, longest - widthOf(label)))} ${count}  ${best}`;
    const line = truncate(text, columns - 1);
    return current.some(({ cell }) => cell.problem.name === name)
      ? colors.bold(line)
      : ended.length === total
        ? line
        : colors.dim(line);
  });
}

/** The lowest test loss so far (validation loss for trials), with its optimizer. */
function bestOf(outcomes: readonly CellOutcome[]): string {
  const finals = outcomes.flatMap(({ cell, result }) => {
    const point = result.curve.at(-1);
    const loss = point === undefined ? null : evaluated(point).loss;
    return result.status === 'diverged' || loss === null ? [] : [{ cell, loss, name: lossName(point!) }];
  });
  if (finals.length === 0) return '';
  const best = finals.reduce((a, b) => (b.loss < a.loss ? b : a));
  return `best ${best.name} ${formatLoss(best.loss)}  ${best.cell.label}`;
}

function currentLines(
  { cell, phase, fraction, point }: CurrentCell,
  columns: number,
  colors: Colors,
): string[] {
  const training = phase === 'train';
  const loss =
    point === undefined
      ? ''
      : ` · train loss ${formatLoss(point.trainLoss)} · ${lossName(point)} ${formatLoss(evaluated(point).loss)}`;
  const state = training ? `${String(Math.round(100 * fraction)).padStart(3)} %${loss}` : PHASES[phase];
  const barWidth = Math.max(LEAST_BAR, Math.min(24, Math.floor(columns / 3)));
  return [
    colors.cyan(truncate(`  ${nameOf(cell)}`, columns - 1)),
    `  ${bar(training ? fraction : 0, barWidth, colors)}  ${truncate(state, columns - barWidth - 6)}`,
  ];
}

/** The log line of a finished run. */
export function renderOutcome(
  { cell, result }: CellOutcome,
  index: number,
  total: number,
  left: number | null,
): string {
  const point = result.curve.at(-1);
  const accuracy = point === undefined ? undefined : evaluated(point).accuracy;
  const parts = [
    result.status === 'done' ? undefined : result.status,
    SUCCESS.has(result.status) ? undefined : result.reason,
    point === undefined ? undefined : `${lossName(point)} ${formatLoss(evaluated(point).loss)}`,
    typeof accuracy === 'number' ? `accuracy ${(100 * accuracy).toFixed(2)} %` : undefined,
    `${result.seconds.total.toFixed(1)} s`,
    left === null || index + 1 === total ? undefined : `about ${formatDuration(left)} left`,
  ];
  const count = `${String(index + 1).padStart(String(total).length)}/${total}`;
  return `[${count}] ${nameOf(cell)}: ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function nameOf({ problem, label, seed }: Cell): string {
  return `${problem.name} · ${label} · seed ${seed}`;
}

// A terminal may be narrower than any bar.
function bar(fraction: number, columns: number, colors: Colors): string {
  const width = Math.max(0, columns);
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return colors.green('━'.repeat(full)) + colors.dim('─'.repeat(width - full));
}

function lossName({ validationLoss }: CurvePoint): string {
  return validationLoss === undefined ? 'test loss' : 'validation loss';
}

function formatLoss(loss: number | null): string {
  return loss === null ? 'not finite' : loss.toPrecision(3);
}
