// Criteria that rank the trials of a search: title, format, direction.

import { formatCount, formatNumber, formatSeconds } from './format.js';
import type { TuningCriterion } from './schema/tuning-schema.js';

export interface Criterion {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly better: 'lower' | 'higher';
}

/** A share, 0 to 1, as a percentage: 94.3 %. */
export const formatShare = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const CRITERIA: Readonly<Record<TuningCriterion, Criterion>> = {
  'final-validation-loss': { title: 'validation loss', format: formatNumber, better: 'lower' },
  'best-validation-loss': { title: 'best validation loss', format: formatNumber, better: 'lower' },
  'final-validation-accuracy': {
    title: 'validation accuracy',
    format: formatShare,
    better: 'higher',
  },
  'iterations-to-target': { title: 'iterations to target', format: formatCount, better: 'lower' },
  'seconds-to-target': { title: 'time to target', format: formatSeconds, better: 'lower' },
  'gradient-equivalents-to-target': { title: 'gradients to target', format: formatCount, better: 'lower' },
};
