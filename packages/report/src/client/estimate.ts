// A mean with its interval below it, in small.

import { formatInterval, formatNumber, NOTHING } from '../format.js';
import type { Estimate } from '../statistics.js';
import { element } from './dom.js';

export function estimateCell(
  estimate: Estimate | null,
  format: (value: number) => string = formatNumber,
): string | Node {
  if (estimate === null) return NOTHING;
  const interval = formatInterval(estimate, format);
  return element(
    'span',
    { class: 'estimate' },
    format(estimate.value),
    interval === '' ? null : element('span', { class: 'interval' }, interval),
  );
}
