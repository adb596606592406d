import { describe, expect, it } from 'vitest';
import { GaussmarkError } from '../src/errors.js';
import { parseSeeds, seedsOf } from '../src/seeds.js';

describe('parseSeeds', () => {
  it.each([
    ['5', [1, 2, 3, 4, 5]],
    ['1', [1]],
    ['7,9', [7, 9]],
    ['7,', [7]],
    ['0,', [0]],
    [' 3, 1 ', [3, 1]],
    ['3..6', [3, 4, 5, 6]],
    ['4..4', [4]],
  ])('reads %j', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds);
  });

  it.each(['', '0', '-1', '1.5', 'two', '1,1', '1,,2', '6..3', '2147483648,', '10001', ','])(
    'rejects %j and lists the valid forms',
    (text) => {
      expect(() => parseSeeds(text)).toThrow(GaussmarkError);
      expect(() => parseSeeds(text)).toThrow(
        expect.objectContaining({ expected: expect.stringMatching(/a count .*a list .*a range/) }),
      );
    },
  );
});

it('counts the seeds of a profile from 1, as the paper does', () => {
  expect(seedsOf(3)).toEqual([1, 2, 3]);
  expect(seedsOf([9, 4])).toEqual([9, 4]);
});
