// The times a run reports: which are impossible.

import { expect, it } from 'vitest';
import type { CellResult } from '../src/cell.js';
import { impossibleTimes } from '../src/impossible-times.js';

const point = (seconds: number) => ({ epoch: 1, iterations: 1, seconds, trainLoss: 1, testLoss: 1 });
const resultOf = (
  seconds: Partial<CellResult['seconds']> = {},
  curve = [point(1), point(2)],
): CellResult => ({
  status: 'done',
  engineInfo: {},
  curve,
  steps: { count: 2, secondsMedian: 1, secondsTotal: 2, secondsP10: 1, secondsP90: 1 },
  seconds: { load: 0.5, compile: 0.5, train: 2, evaluate: 0.1, total: 3.5, ...seconds },
});

it('accepts possible times', () => {
  expect(impossibleTimes(resultOf(), 4)).toBeUndefined();
});

it.each([
  ['a total longer than the process lived', resultOf({ total: 9 }), /9 s for total/],
  ['a phase longer than the process lived', resultOf({ train: 9 }), /9 s for train/],
  ['a negative phase', resultOf({ evaluate: -1 }), /-1 s for evaluate/],
  ['NaN', resultOf({ load: Number.NaN }), /NaN s for load/],
  ['phases longer than the total', resultOf({ total: 2.5 }), /3\.100 s.*2\.500 s/],
  ['phases longer than the total, with recording', resultOf({ record: 1.5 }), /4\.600 s.*3\.500 s/],
  ['a clock that runs backwards', resultOf({}, [point(2), point(1)]), /2 s.*1 s/],
  ['a curve beyond the clock', resultOf({ train: 1 }), /2 s.*1 s/],
])('refuses %s', (_, result, reason) => {
  expect(impossibleTimes(result, 4)).toMatch(reason);
});
