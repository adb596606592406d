// The packing of rows for the page.

import { expect, it } from 'vitest';
import { packRows, unpackRows } from '../src/packed-rows.js';

it('unpacks what it packed', () => {
  const rows = [
    { name: 'a', seed: 1, loss: null },
    { name: 'b', seed: 2, loss: 0.5, why: 'a' },
    { name: 'a', seed: 3, loss: 0, why: '' },
  ];
  expect(unpackRows(JSON.parse(JSON.stringify(packRows(rows))))).toEqual(rows);
  expect(packRows(rows).texts).toEqual(['a', 'b', '']);
});
