// Words for measures and changes, the same on the terminal, in Markdown and on the page.

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

/** `+10.2 %`, `−4.81 %`; `3.4×` from a doubling on; both values where a ratio says nothing. */
export function formatChange({ ratio, before, after }: HistoryChange, unit: string): string {
  if (ratio === null) return `${formatMeasure(before, unit)} → ${formatMeasure(after, unit)}`;
  return formatRelative(ratio);
}

/** `[+9.1, +11.3] %`; nothing for a change without noise. */
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

/** What a change is called: slower, more, worse; `drifts` where it is slow. */
export function verdictWords({ verdict, kind, acknowledged }: HistoryChange): string {
  const word: Readonly<Record<ChangeVerdict, string>> = {
    regression: 'worse',
    improvement: 'better',
    change: 'changed',
  };
  return `${kind === 'drift' ? 'drift: ' : ''}${word[verdict]}${acknowledged === undefined ? '' : ', acknowledged'}`;
}

/** `1a2b3c4d5e`, or what stands in its place. */
export const shortCommit = ({ commit, dirty }: HistoryNight): string =>
  commit === null ? 'no commit' : `${commit.slice(0, 10)}${dirty ? '+' : ''}`;

/** The day of a night: of its commit, where it has one. */
export const dayOf = ({ created, date }: HistoryNight): string => (date ?? created).slice(0, 10);

/** `1a2b3c4d5e 2026-03-01`. */
export const nightWords = (night: HistoryNight): string => `${shortCommit(night)} ${dayOf(night)}`;

export const measureTitle = ({
  optimizer,
  quantity,
}: Pick<HistoryMeasure, 'optimizer' | 'quantity'>): string =>
  optimizer === null ? quantity : `${optimizer}: ${quantity}`;

/** The last change of a measure; undefined if it never changed. */
export const lastChange = ({ changes }: Pick<HistoryMeasure, 'changes'>): HistoryChange | undefined =>
  changes.reduce<HistoryChange | undefined>(
    (last, next) => (last === undefined || next.end >= last.end ? next : last),
    undefined,
  );

/**
 * Whether a measure's last change is still to be explained or mended: no improvement, acknowledged by nobody, and not the
 * undoing of the change before it (a number without noise that is again what it was).
 */
export function isOpen(measure: Pick<HistoryMeasure, 'changes'>): boolean {
  const last = lastChange(measure);
  if (last === undefined || last.verdict === 'improvement' || last.acknowledged !== undefined) return false;
  const previous = measure.changes.at(-2);
  const undone = last.verdict === 'change' && previous !== undefined && previous.before === last.after;
  return !undone;
}

/** What was measured last. */
export const currentValue = ({ points }: Pick<HistoryMeasure, 'points'>): number | null =>
  points.at(-1)?.value ?? null;
