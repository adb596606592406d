// Errors: the multi-line text, and the nearest name.

import { describe, expect, it } from 'vitest';
import { didYouMean, formatIssue, GaussmarkError, nearest } from '../src/errors.js';

describe('GaussmarkError', () => {
  it('puts every known fact on a line of its own, in reading order', () => {
    const error = new GaussmarkError('the engine did not start', {
      plugin: "engine 'onnxruntime'",
      pointer: '/threads',
      expected: 'an integer of at least 1',
      got: '0',
      remedy: 'leave out threads',
    });
    expect(error.message).toBe(
      [
        'the engine did not start',
        "  plugin:   engine 'onnxruntime'",
        '  at:       /threads',
        '  expected: an integer of at least 1',
        '  got:      0',
        '  to fix:   leave out threads',
      ].join('\n'),
    );
    expect(error.summary).toBe('the engine did not start');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('GaussmarkError');
  });

  it('does not repeat what the summary says', () => {
    expect(new GaussmarkError('a.json is missing', { file: 'a.json' }).message).toBe('a.json is missing');
  });

  it('lists several mistakes, and exposes the first', () => {
    const error = new GaussmarkError('p.json is not valid', {
      issues: [
        { pointer: '/a', expected: 'a number', got: '"1"' },
        { pointer: '/b', problem: "unknown property 'b'" },
      ],
    });
    expect(error.message).toBe(
      'p.json is not valid\n  - /a: expected a number, got "1"\n  - /b: unknown property \'b\'',
    );
    expect([error.pointer, error.expected, error.got]).toEqual(['/a', 'a number', '"1"']);
  });

  it('keeps the cause', () => {
    const cause = new TypeError('inner');
    expect(new GaussmarkError('outer', { cause }).cause).toBe(cause);
  });
});

it('calls the empty pointer the document', () => {
  expect(formatIssue({ pointer: '', expected: 'a record', got: '3' })).toBe(
    'the document: expected a record, got 3',
  );
});

describe('nearest', () => {
  it.each([
    ['sgm', ['sgd', 'adam', 'sgn'], 'sgn'],
    ['roh', ['seed', 'rho'], 'rho'],
    ['SGN', ['sgd', 'sgn'], 'sgn'],
    ['cgIteration', ['cgTolerance', 'cgIterations'], 'cgIterations'],
    ['learn', ['momentum', 'learningRate'], 'learningRate'],
    ['cg', ['cgTolerance', 'cgIterations'], undefined],
    ['zzz', ['sgd', 'sgn'], undefined],
    ['sgd', [], undefined],
    ['', ['learningRate'], undefined],
  ])('%s among %j is %s', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});

describe('didYouMean', () => {
  it('asks, and lists what is known in alphabetical order', () => {
    expect(didYouMean('sgnn', ['sgn', 'sgd'])).toBe("; did you mean 'sgn'? Known: sgd, sgn.");
    expect(didYouMean('zzz', ['sgn', 'sgd'])).toBe('. Known: sgd, sgn.');
    expect(didYouMean('zzz', [])).toBe('. None is known.');
  });
});
