import { describe, expect, it } from 'vitest';
import {
  formatInterval,
  parseBytes,
  parseGoals,
  parseInterval,
  parseSeconds,
  parseShard,
} from '../src/quantities.js';

const rejection = (text: string, expected: RegExp) =>
  expect.objectContaining({
    name: 'GaussmarkError',
    summary: expect.stringContaining(`'${text}'`),
    expected: expect.stringMatching(expected),
  });

describe('quantities', () => {
  it.each([
    ['90', 90],
    ['1.5 s', 1.5],
    ['10min', 600],
    ['2h', 7200],
  ])('%s is %d seconds', (text, seconds) => expect(parseSeconds(text)).toBe(seconds));

  it.each([
    ['500MB', 5e8],
    ['2GiB', 2 ** 31],
    ['1.5 GiB', 1.5 * 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(['0', '-3', '5 days', '', '1e3'])('%j is not a time', (text) => {
    expect(() => parseSeconds(text)).toThrow(rejection(text, /90, 90s, 10min, 2h/));
  });

  it.each(['2', '2G', '0MB', '2 gib', ''])('%j is not an amount of memory', (text) => {
    expect(() => parseBytes(text)).toThrow(rejection(text, /500MB, 2GiB/));
  });

  it('intervals are steps or epochs', () => {
    expect(parseInterval('1e12 epochs')).toEqual({ epochs: 1e12 });
    expect(() => parseInterval('1e13 epochs')).toThrow(rejection('1e13 epochs', /at most 1e12/));
    expect(['50 steps', '1step', '2epochs', '1 epoch'].map(parseInterval)).toEqual([
      { steps: 50 },
      { steps: 1 },
      { epochs: 2 },
      { epochs: 1 },
    ]);
    expect([{ steps: 50 }, { steps: 1 }, { epochs: 2 }].map(formatInterval)).toEqual([
      '50 steps',
      '1 step',
      '2 epochs',
    ]);
    for (const text of ['50', '0 steps', '1.5 epochs', '2 hours', '']) {
      expect(() => parseInterval(text)).toThrow(rejection(text, /'50 steps', 2epochs/));
    }
  });

  it('targets can be given together or separately, each quantity once', () => {
    expect(parseGoals(['testLoss=0.02, testAccuracy=0.97', 'trainLoss=1e-3'])).toEqual({
      testLoss: 0.02,
      testAccuracy: 0.97,
      trainLoss: 1e-3,
    });
  });

  it.each([
    ['testLoss', /testLoss=.*at least 0/],
    ['testLoss=low', /testLoss=.*at least 0/],
    ['testLoss=1=2', /testLoss=.*at least 0/],
    ['testAccuracy=97', /from 0 to 1/],
    ['testAccuracy=-0.1', /from 0 to 1/],
    ['testLoss=-1', /at least 0/],
    ['trainLoss=-1e-9', /at least 0/],
    ['trainLoss=1e999', /at least 0/],
    ['testLoss=1,testLoss=2', /one value/],
  ])('rejects the target %s', (text, expected) => {
    expect(() => parseGoals([text])).toThrow(
      expect.objectContaining({ name: 'GaussmarkError', expected: expect.stringMatching(expected) }),
    );
  });

  it('suggests the name of a target', () => {
    expect(() => parseGoals(['testLos=1'])).toThrow(/'testLos'; did you mean 'testLoss'/);
  });

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '1/2/3'])('%j is not a shard', (text) => {
    expect(() => parseShard(text)).toThrow(rejection(text, /i\/n/));
  });
});
