// A mean with its interval below it, in small.

import type { Estimate } from '@gaussmark/analysis';
import { formatInterval, formatNumber, NOTHING } from '@gaussmark/analysis/words';
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
