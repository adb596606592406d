// Times that a run tells of itself: which of them cannot be true.

import { expect, it } from 'vitest';
import type { CellResult } from '../src/cell/cell.js';
import { impossibleTimes } from '../src/cell/impossible-times.js';

const point = (seconds: number) => ({ epoch: 1, iterations: 1, seconds, trainLoss: 1, testLoss: 1 });
const told = (seconds: Partial<CellResult['seconds']> = {}, curve = [point(1), point(2)]): CellResult => ({
  status: 'done',
  engineInfo: {},
  curve,
  steps: { count: 2, secondsMedian: 1, secondsTotal: 2, secondsP10: 1, secondsP90: 1 },
  seconds: { load: 0.5, compile: 0.5, train: 2, evaluate: 0.1, total: 3.5, ...seconds },
});

it('are believed where they fit into what was seen', () => {
  expect(impossibleTimes(told(), 4)).toBeUndefined();
});

it.each([
  ['a whole longer than the process was there', told({ total: 9 }), /total.* 9 s/],
  ['a phase longer than the process was there', told({ train: 9 }), /train.* 9 s/],
  ['a phase of less than nothing', told({ evaluate: -1 }), /evaluate.* -1 s/],
  ['no number', told({ load: Number.NaN }), /load.* NaN s/],
  ['phases that are longer than the whole', told({ total: 2.5 }), /3\.100 s.*2\.500 s/],
  ['a clock that runs back', told({}, [point(2), point(1)]), /2 s.*1 s/],
  ['a curve beyond the clock', told({ train: 1 }), /2 s.*1 s/],
])('are not for %s', (_, result, reason) => {
  expect(impossibleTimes(result, 4)).toMatch(reason);
});
