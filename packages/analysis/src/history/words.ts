// Words for measures and changes, shared by all outputs.

import { formatBytes, formatCount, formatNumber, formatSeconds } from '../format.js';
import type { ChangeVerdict, HistoryChange, HistoryMeasure, HistoryNight } from '../schema/history-schema.js';

/** A value in its unit: 12.3 ms, 4.00 MiB, 1.20 Mflop, 0.0835. */
export function formatMeasure(value: number | null, unit: string): string {
  if (value === null) return 'none';
  if (unit === 's') return formatSeconds(value);
  if (unit === 'B') return formatBytes(value);
  if (unit === '')
    return Number.isInteger(value) && Math.abs(value) < 1e9 ? formatCount(value) : formatNumber(value, 4);
  const [size, prefix] = PREFIXES.find(([least]) => Math.abs(value) >= least) ?? [1, ''];
  return `${formatNumber(value / size, Number.isInteger(value) && size === 1 ? 6 : 4)} ${prefix}${unit}`;
}

const PREFIXES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `+10.2 %`, `−4.81 %`; `3.4×` from a doubling on; both values without a ratio. */
export function formatChange({ ratio, before, after }: HistoryChange, unit: string): string {
  if (ratio === null) return `${formatMeasure(before, unit)} → ${formatMeasure(after, unit)}`;
  return formatRelative(ratio);
}

/** `[+9.1, +11.3] %`; empty for a deterministic change. */
export function formatChangeInterval({ low, high }: HistoryChange): string {
  if (low === undefined || high === undefined) return '';
  const limits = [formatRelative(low), formatRelative(high)];
  const percent = limits.every((limit) => limit.endsWith(' %'));
  return percent ? `[${limits.map((limit) => limit.slice(0, -2)).join(', ')}] %` : `[${limits.join(', ')}]`;
}

/** A ratio as a change: `+10.2 %`, `−4.81 %`, `3.40×`. */
export function formatRelative(ratio: number): string {
  if (ratio >= 2) return `${formatNumber(ratio)}×`;
  const percent = 100 * (ratio - 1);
  const size = Math.abs(percent);
  const digits = size >= 9.995 || size === 0 ? 3 : size >= 0.01 ? 2 : 1;
  return `${percent < 0 ? '−' : '+'}${formatNumber(size, digits)} %`;
}

/** A change in words: slower, more, worse; with `drift` if it is slow. */
export function verdictWords({ verdict, kind, acknowledged }: HistoryChange): string {
  const word: Readonly<Record<ChangeVerdict, string>> = {
    regression: 'worse',
    improvement: 'better',
    change: 'changed',
  };
  return `${kind === 'drift' ? 'drift: ' : ''}${word[verdict]}${acknowledged === undefined ? '' : ', acknowledged'}`;
}

/** `1a2b3c4d5e`, or `no commit`. */
export const shortCommit = ({ commit, dirty }: HistoryNight): string =>
  commit === null ? 'no commit' : `${commit.slice(0, 10)}${dirty ? '+' : ''}`;

/** The day of a night: its commit's, if it has one. */
export const dayOf = ({ created, date }: HistoryNight): string => (date ?? created).slice(0, 10);

/** `1a2b3c4d5e 2026-03-01`. */
export const nightWords = (night: HistoryNight): string => `${shortCommit(night)} ${dayOf(night)}`;

export const measureTitle = ({
  optimizer,
  quantity,
}: Pick<HistoryMeasure, 'optimizer' | 'quantity'>): string =>
  optimizer === null ? quantity : `${optimizer}: ${quantity}`;

/** The last change of a measure, if any. */
export const lastChange = ({ changes }: Pick<HistoryMeasure, 'changes'>): HistoryChange | undefined =>
  changes.reduce<HistoryChange | undefined>(
    (last, next) => (last === undefined || next.end >= last.end ? next : last),
    undefined,
  );

/**
 * Whether a measure's last change needs an explanation or a fix: it is not an improvement, not acknowledged, and does not
 * revert the previous change (a deterministic measure back at its old value).
 */
export function isOpen(measure: Pick<HistoryMeasure, 'changes'>): boolean {
  const last = lastChange(measure);
  if (last === undefined || last.verdict === 'improvement' || last.acknowledged !== undefined) return false;
  const previous = measure.changes.at(-2);
  const undone = last.verdict === 'change' && previous !== undefined && previous.before === last.after;
  return !undone;
}

/** The latest value. */
export const currentValue = ({ points }: Pick<HistoryMeasure, 'points'>): number | null =>
  points.at(-1)?.value ?? null;
