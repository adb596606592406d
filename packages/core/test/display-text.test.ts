// Other people's texts, made fit to be shown.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeInvisible, oneLine, shorten } from '../src/display-text.js';
import { GaussmarkError } from '../src/errors.js';

describe('escapeInvisible', () => {
  it.each([
    ['\x1b[31mred\x1b]8;;http://x\x07', '\\u001b[31mred\\u001b]8;;http://x\\u0007'],
    ['\x9b2J\x7f\r', '\\u009b2J\\u007f\\u000d'],
    ['a\u202Eb\u2066c\u200Bd\uFEFFe\u2028', 'a\\u202eb\\u2066c\\u200bd\\ufeffe\\u2028'],
    ['\uD800x', '\\ud800x'],
    ['\u{E0041}', '\\udb40\\udc41'],
    ['tab\tline\n', 'tab\tline\n'],
    ['Ünïcödé 你好 👩‍👩‍👧 می‌خواهم', 'Ünïcödé 你好 👩‍👩‍👧 می‌خواهم'],
  ])('%j', (text, shown) => {
    expect(escapeInvisible(text)).toBe(shown);
  });

  it('leaves a JSON document the same document', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(escapeInvisible(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    const text = '\u009b\u202e\u2028\u{E0041}\uD800\x7f';
    expect(JSON.parse(escapeInvisible(JSON.stringify(text)))).toBe(text);
  });
});

it('oneLine has no line breaks', () => {
  expect(oneLine('a\r\n  b\u2028c\x1b')).toBe('a b c\\u001b');
});

describe('shorten', () => {
  it('says how much it left out, and splits no character', () => {
    expect(shorten('abcdef', 4)).toBe('abcd… (2 more characters)');
    expect(shorten('abc👍d', 4)).toBe('abc👍… (1 more characters)');
    expect(shorten('👍👍👍', 3)).toBe('👍👍👍');
    expect(shorten('a👍👍', 1)).toBe('a… (2 more characters)');
    expect(shorten('abcd', 4)).toBe('abcd');
  });

  it('bounds every part of an error', () => {
    const long = 'x'.repeat(5_000_000);
    const issues = Array.from({ length: 1000 }, () => ({ pointer: '/a', problem: long, got: long }));
    const error = new GaussmarkError(long, { expected: long, got: long, remedy: long, plugin: long, issues });
    expect(error.message.length).toBeLessThan(150_000);
    expect(error.message).toContain('(4998000 more characters)');
    expect(error.message).toContain('and 980 more');
    expect(error.issues).toHaveLength(1000);
    expect(error.summary.length).toBeLessThan(2100);
  });
});
