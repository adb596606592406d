// Types of synthetic-history.mjs, for the tests.

export interface Planted {
  readonly kind: 'step' | 'drift';
  readonly start: number;
  readonly end: number;
  /** After / before. */
  readonly size: number;
  /** The size as it was drawn, without its direction. */
  readonly relative: number;
}

interface Found {
  readonly kind: 'step' | 'drift';
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

export const NIGHTS: number;
export const STEP_SIZES: readonly number[];
export const DRIFT_SIZES: readonly number[];
export const NOISE_LEVELS: readonly number[];
export const NOISE_KINDS: readonly string[];

export function syntheticHistory(options: {
  readonly seed: number;
  readonly deviation: number;
  readonly noise: string;
  readonly calm?: boolean;
}): { readonly values: readonly number[]; readonly planted: readonly Planted[] };

export function matches(planted: Planted, found: Found): boolean;

export function score(
  planted: readonly Planted[],
  changes: readonly Found[],
): { readonly outcomes: readonly ('found' | 'missed' | 'staircase')[]; readonly falseAlarms: number };

export interface Noise {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
}

export function seededNoise(seed: number): Noise;
