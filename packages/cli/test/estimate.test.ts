// Estimates of the time left, and durations as text.

import { describe, expect, it } from 'vitest';
import { TimeEstimate } from '../../harness/src/run/estimate.js';
import { cellOf } from '../../harness/test/fixtures.js';
import { formatDuration } from '../src/quantities.js';

describe('TimeEstimate', () => {
  const cells = [
    cellOf('sine10', 'sgn', 1),
    cellOf('sine10', 'sgd', 1),
    cellOf('sine10', 'sgn', 2),
    cellOf('sine10', 'sgd', 2),
    cellOf('mnist', 'sgn', 1),
  ];

  it('is unknown at first', () => {
    const estimate = new TimeEstimate(cells);
    estimate.start(0, 0);
    expect(estimate.left(1)).toBeNull();
  });

  it('extrapolates the progress of the first run', () => {
    const estimate = new TimeEstimate(cells);
    estimate.start(0, 0);
    estimate.trains(0, 2);
    estimate.progress(0, 0.25);
    // 2 s of setup, 1 s for a quarter: 6 s in all, of which 3 have passed; four more runs like it.
    expect(estimate.left(3)).toBeCloseTo(3 + 4 * 6);
  });

  it('uses runs of the same problem and optimizer, else of the problem, else all', () => {
    const estimate = new TimeEstimate(cells);
    estimate.start(0, 0);
    estimate.end(0, 8);
    estimate.start(1, 8);
    estimate.end(1, 10);
    // To come: sgn on sine10 (8), sgd on sine10 (2), and mnist, unknown (mean of all: 5).
    expect(estimate.left(10)).toBeCloseTo(8 + 2 + 5);
    estimate.start(2, 10);
    expect(estimate.left(13)).toBeCloseTo(5 + 2 + 5);
    // An overdue run does not count negatively.
    expect(estimate.left(30)).toBeCloseTo(0 + 2 + 5);
  });

  it('divides by the number of jobs', () => {
    const estimate = new TimeEstimate(cells, 2);
    estimate.start(0, 0);
    estimate.start(1, 0);
    estimate.end(0, 8);
    estimate.end(1, 2);
    expect(estimate.left(8)).toBeCloseTo((8 + 2 + 5) / 2);
  });

  it('reaches zero', () => {
    const estimate = new TimeEstimate(cells.slice(0, 1));
    estimate.start(0, 0);
    estimate.end(0, 8);
    expect(estimate.left(8)).toBe(0);
  });
});

it.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [59.6, '1:00 min'],
  [72, '1:12 min'],
  [3599.7, '1:00 h'],
  [7500, '2:05 h'],
])('formats %d seconds', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
