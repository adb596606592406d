// Untrusted text in Markdown renders as that text and nothing else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeSpan, escapeMarkdown } from '../src/markdown-text.js';

describe('escapeMarkdown', () => {
  it.each([
    ['@team and a@b.org', '@&#8203;team and a@&#8203;b.org'],
    ['https://x.org/a_b www.x.org FTP://y', 'https:&#8203;//x.org/a\\_b www&#8203;.x.org FTP:&#8203;//y'],
    ['#123, me/it#4, GH-5, # 6', '#&#8203;123, me/it#&#8203;4, GH-&#8203;5, # 6'],
    ['<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    [
      '[a](b) ![c](d) **e** `f` ~~g~~ h|i \\',
      '\\[a\\](b) !\\[c\\](d) \\*\\*e\\*\\* \\`f\\` \\~\\~g\\~\\~ h\\|i \\\\',
    ],
    ['# a', '\\# a'],
    ['- a', '\\- a'],
    ['+', '\\+'],
    ['===', '\\==='],
    ['1. a', '1\\. a'],
    ['-1.5 and +2', '-1.5 and +2'],
    ['a\n\n# b\r\n- c', 'a # b - c'],
    ['$x$', '<span>$</span>x<span>$</span>'],
    [':tada: 12:34:56', ':&#8203;tada: 12:34:56'],
    ['\x1b[31m\u202e', '\\\\u001b\\[31m\\\\u202e'],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it('leaves no character that could be markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const left = escapeMarkdown(text)
          .replaceAll('<span>$</span>', '')
          .replace(/&(?:amp|lt|gt|#8203);|\\[^\sa-zA-Z0-9]/g, '');
        expect(left).not.toMatch(/[&<>\\`*_[\]|~$\n]|@[\w-]|:\/\/|#\d/);
      }),
      { numRuns: 500 },
    );
  });
});

it('codeSpan can contain any text', () => {
  expect(codeSpan('a`b')).toBe('``a`b``');
  expect(codeSpan('`a')).toBe('`` `a ``');
  expect(codeSpan('a|b\n\x1b', true)).toBe('`a\\|b \\u001b`');
  expect(codeSpan('')).toBe('`  `');
});
