// Errors: their multi-line message, and suggestions for misspelled names.

import { describe, expect, it } from 'vitest';
import { didYouMean, formatIssue, GaussmarkError, nearest } from '../src/errors.js';

describe('GaussmarkError', () => {
  it('prints one detail per line', () => {
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

  it('does not repeat details that are in the summary', () => {
    expect(new GaussmarkError('a.json is missing', { file: 'a.json' }).message).toBe('a.json is missing');
  });

  it('lists all issues and exposes the first', () => {
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

it('describes the empty pointer as the document', () => {
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
  it('suggests a name and lists the known ones alphabetically', () => {
    expect(didYouMean('sgnn', ['sgn', 'sgd'])).toBe("; did you mean 'sgn'? Known: sgd, sgn.");
    expect(didYouMean('zzz', ['sgn', 'sgd'])).toBe('. Known: sgd, sgn.');
    expect(didYouMean('zzz', [])).toBe('. There are none.');
  });
});
