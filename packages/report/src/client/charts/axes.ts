// Axes: extents, ticks and their labels, linear and logarithmic.

import { formatCount, formatNumber } from '@gaussmark/analysis/words';
import type { ChartTokens } from '../colours.js';

export interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The extent of the finite values (on a log axis, the positive ones); null without any. */
export function extentOf(values: Iterable<number | null | undefined>, log: boolean): Extent | null {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : null;
}

/** Values closer than this, relative to their size, count as equal: their ticks could not be told apart. */
const SAME = 1e-9;
/** Limits of axes: beyond, sums and products of their ends overflow. */
const LEAST = 1e-305;
const MOST = 1e305;

export const clamp = (value: number, { min, max }: Extent): number => Math.min(max, Math.max(min, value));

const isPoint = ({ min, max }: Extent): boolean =>
  max / 2 - min / 2 <= (SAME * Math.max(Math.abs(min), Math.abs(max))) / 2;

/** Powers of ten between the ends of a positive extent. */
export const decadesOf = ({ min, max }: Extent): number => Math.log10(max) - Math.log10(min);

/** Adds a margin of `share` of the axis on both sides; never empty, never infinite. */
export function widen(extent: Extent, log: boolean, share: number): Extent {
  const { min, max } = extent;
  const within = (value: number) => Math.min(MOST, Math.max(log ? LEAST : -MOST, value));
  if (log) {
    const factor = 10 ** (isPoint(extent) ? 0.15 : Math.min(300, share * decadesOf(extent)));
    return { min: within(min / factor), max: Math.max(2 * LEAST, within(max * factor)) };
  }
  const pad = isPoint(extent) ? Math.max(Math.abs(min), Math.abs(max)) * 0.1 || 1 : share * max - share * min;
  return { min: within(min - pad), max: within(max + pad) };
}

/** About `wanted` round values inside an extent. */
export function ticksOf(extent: Extent, log: boolean, wanted = 5): number[] {
  return log ? logTicks(extent, wanted) : linearTicks(extent, wanted);
}

function linearTicks({ min, max }: Extent, wanted: number): number[] {
  const raw = max / wanted - min / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10);
  const ticks: number[] = [];
  // Rounded, so that 0.1 + 0.2 is labelled 0.3.
  for (let k = Math.ceil(min / step - 1e-9); k * step <= max * (1 + 1e-9); k++) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return ticks;
}

/** Powers of ten, with multiples between if they are few; evenly spaced values in a narrow extent. */
function logTicks({ min, max }: Extent, wanted: number): number[] {
  const decades = decadesOf({ min, max });
  if (decades < 0.7) return linearTicks({ min, max }, wanted);
  const [from, to] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const stride = Math.max(1, Math.ceil(decades / (wanted + 2)));
  const factors = decades < wanted / 3 ? [1, 2, 5] : decades < wanted / 2 ? [1, 3] : [1];
  const ticks: number[] = [];
  for (let power = from; power <= to; power++) {
    if (power % stride !== 0) continue;
    for (const factor of factors) {
      // Number('3e-4') is the nearest double; 3 * 10 ** -4 is not.
      const tick = Number(`${factor}e${power}`);
      if (tick >= min && tick <= max) ticks.push(tick);
    }
  }
  return ticks;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const superscript = (value: number): string =>
  [...String(value)].map((digit) => (digit === '-' ? '⁻' : SUPERSCRIPTS[Number(digit)])).join('');

/** 250, 0.05, 10⁻⁴, 3·10⁻⁴. */
export function formatTick(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e3 && size < 1e5) return formatCount(value);
  if (size >= 1e-3 && size < 1e3) return String(Number(value.toPrecision(6)));
  const [mantissa, exponent] = formatNumber(value, 2).split('e');
  if (exponent === undefined) return formatCount(value);
  const factor = Number(mantissa);
  return `${factor === 1 ? '' : `${factor}·`}10${superscript(Number(exponent))}`;
}

export interface AxisInput {
  readonly extent: Extent;
  readonly log: boolean;
  readonly ticks: readonly number[];
  readonly format?: (value: number) => string;
  readonly title?: string;
}

/** A value axis with exactly these ticks; `grid` draws lines at them. */
export function valueAxis(
  { extent, log, ticks, format = formatTick, title = '' }: AxisInput,
  tokens: ChartTokens,
  grid: boolean,
) {
  const customValues = [...ticks];
  return {
    type: log ? ('log' as const) : ('value' as const),
    min: extent.min,
    max: extent.max,
    axisLine: { show: !grid, lineStyle: { color: tokens.rule } },
    axisTick: { show: false, customValues },
    splitLine: { show: grid, customValues, lineStyle: { color: tokens.rule, width: 1 } },
    axisLabel: {
      customValues,
      formatter: (value: number) => format(value),
      color: tokens.muted,
      fontFamily: tokens.font,
      fontSize: 11,
      hideOverlap: true,
    },
    name: title,
    nameLocation: 'middle' as const,
    nameGap: 26,
    nameTextStyle: { color: tokens.muted, fontFamily: tokens.font, fontSize: 11 },
  };
}

/** Margins of a chart whose horizontal axis has a title. */
export const PLOT_GRID = {
  left: 4,
  right: 16,
  top: 10,
  bottom: 26,
  outerBoundsMode: 'same',
  outerBoundsContain: 'axisLabel',
} as const;
