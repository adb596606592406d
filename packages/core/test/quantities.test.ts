import { describe, expect, it } from 'vitest';
import { GaussmarkError } from '../src/errors.js';
import {
  formatInterval,
  parseBytes,
  parseGoals,
  parseInterval,
  parseSeconds,
  parseShard,
} from '../src/quantities.js';

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

  it.each(['0', '-3', '5 days', '', '1e3'])('%j is no time', (text) => {
    expect(() => parseSeconds(text)).toThrow(/90, 90s, 10min, 2h/);
  });

  it.each(['2', '2G', '0MB', '2 gib', ''])('%j is no amount of memory', (text) => {
    expect(() => parseBytes(text)).toThrow(/500MB, 2GiB/);
  });

  it('intervals are steps or epochs, and say so', () => {
    expect(parseInterval('1e12 epochs')).toEqual({ epochs: 1e12 });
    expect(() => parseInterval('1e13 epochs')).toThrow(/cannot read/);
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
      expect(() => parseInterval(text)).toThrow(/'50 steps', 2epochs/);
    }
  });

  it('targets are read together or apart, each quantity once', () => {
    expect(parseGoals(['testLoss=0.02, testAccuracy=0.97', 'trainLoss=1e-3'])).toEqual({
      testLoss: 0.02,
      testAccuracy: 0.97,
      trainLoss: 1e-3,
    });
  });

  it.each([
    ['testLos=1', /unknown target 'testLos'; did you mean 'testLoss'/],
    ['testLoss', /cannot read the target/],
    ['testLoss=low', /cannot read the target/],
    ['testLoss=1=2', /cannot read the target/],
    ['testAccuracy=97', /a share from 0 to 1/],
    ['testAccuracy=-0.1', /a share from 0 to 1/],
    ['testLoss=-1', /a loss of at least 0/],
    ['trainLoss=-1e-9', /a loss of at least 0/],
    ['trainLoss=1e999', /a loss of at least 0/],
    ['testLoss=1,testLoss=2', /once/],
  ])('the target %s is refused', (text, message) => {
    expect(() => parseGoals([text])).toThrow(message);
    expect(() => parseGoals([text])).toThrow(GaussmarkError);
  });

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '1/2/3'])('%j is no shard', (text) => {
    expect(() => parseShard(text)).toThrow(/the i-th of n parts/);
  });
});
