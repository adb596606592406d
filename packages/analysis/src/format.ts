// Numbers formatted for people, for every output.

import { escapeInvisible } from '@gaussmark/core/display-text';
import type { Estimate, Range } from './statistics.js';

/** Stands for a missing value. */
export const NOTHING = '–';

/** Groups digits by thousands: 60,000. */
export const formatCount = (value: number): string => Math.round(value).toLocaleString('en');

/** `1 run`, `3,000 runs`. */
export const formatQuantity = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Significant digits, in scientific notation outside 1e-3 to 1e5: 0.0835, 1.3e-4. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  // Below 1e5, as rounding must not leave plain notation.
  if (size >= 1e-3 && size < 99_999.5) {
    const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    return value.toFixed(decimals);
  }
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  return `${mantissa}e${Number(exponent)}`;
}

/** `0.0835 [0.0821, 0.0850]`; the mean alone for a single value. */
export function formatEstimate(
  estimate: Estimate | null,
  format: (value: number) => string = formatNumber,
): string {
  if (estimate === null) return NOTHING;
  return [format(estimate.value), formatInterval(estimate, format)].filter((part) => part !== '').join(' ');
}

/** `[0.0821, 0.0850]`; empty for a single value. */
function formatInterval(
  { low, high }: Pick<Estimate, 'low' | 'high'>,
  format: (value: number) => string = formatNumber,
): string {
  return low === null || high === null ? '' : `[${format(low)}, ${format(high)}]`;
}

/** 0 to 1 as a percentage without its sign: 94.31. */
export const formatPercent = (value: number): string => (100 * value).toFixed(2);

const TIME_UNITS = [
  [1e-6, 'ns', 1e-9],
  [1e-3, 'µs', 1e-6],
  [1, 'ms', 1e-3],
  [120, 's', 1],
  [7200, 'min', 60],
  [Number.POSITIVE_INFINITY, 'h', 3600],
] as const;

/** A duration in a suitable unit: 35.1 µs, 4.20 ms, 12.3 s, 14.0 min. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NOTHING;
  if (seconds === 0) return '0 s';
  const [, unit, size] = TIME_UNITS.find(([limit]) => seconds < limit)!;
  return `${formatNumber(seconds / size)} ${unit}`;
}

/** A ratio: 0.912, 12.4, 1,202. */
export const formatRatio = (value: number): string =>
  value >= 1000 && value < 1e6 ? formatCount(value) : formatNumber(value);

/** A larger ratio only shows that one of the two is close to zero. */
const MOST_RATIO = 100;

/** A ratio of two results: 0.912, 12.4; `> 100` or `< 0.01` if {@link isExtreme}. */
export const formatResultRatio = (value: number): string =>
  value > MOST_RATIO
    ? `> ${MOST_RATIO}`
    : value < 1 / MOST_RATIO
      ? `< ${1 / MOST_RATIO}`
      : formatNumber(value);

export const isExtreme = (value: number): boolean => value > MOST_RATIO || value < 1 / MOST_RATIO;

/** A factor: 1.00×, 12.4×. */
export const formatFactor = (value: number | null | undefined): string =>
  value === null || value === undefined ? NOTHING : `${formatRatio(value)}×`;

/** `100`, or `80–100` if the ends differ. */
export function formatRange({ min, max }: Range): string {
  // A fraction of an epoch must not round to 0.
  const format = (value: number) =>
    Number.isInteger(value) || value >= 100 ? formatCount(value) : formatNumber(value, 3);
  return min === max ? format(min) : `${format(min)}–${format(max)}`;
}

/** Bytes in binary units: 15.6 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${formatNumber(bytes / 1024 ** power)} ${units[power]}`;
}

/** `2026-03-01 14:05 UTC` of an ISO date. */
export const formatDate = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

/** How runs ended: `3 done`, `1 done, 2 diverged`. */
export function formatStatuses(statuses: Readonly<Record<string, number | undefined>>): string {
  const ends = Object.entries(statuses);
  const total = ends.reduce((sum, [, number]) => sum + (number ?? 0), 0);
  return ends.map(([status, number]) => `${number}/${total} ${status}`).join(', ');
}

/** A hyperparameter's value as labels show it. */
export const valueWords = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'unset' : JSON.stringify(value);

/**
 * A command line that a shell parses into the same arguments, with invisible characters escaped. A leading `~/` is left for
 * the shell to expand: reports contain no home directory.
 */
export const formatCommand = (command: readonly string[]): string => command.map(shellWord).join(' ');

function shellWord(word: string): string {
  if (/^~[/].+/s.test(word)) return `~/${shellWord(word.slice(2))}`;
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (escapeInvisible(word) === word) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${escapeInvisible(word.replace(/[\\']/g, '\\$&'))}'`;
}
