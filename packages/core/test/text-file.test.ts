// Texts from files: what is decoded, what is refused, and where the errors point.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeText } from '../src/decode-text.js';
import { GaussmarkError } from '../src/errors.js';
import { parseJson } from '../src/strict-json.js';
import { readJson, readRegularFile } from '../src/text-file.js';

const decode = (bytes: Uint8Array, encoding?: string) => decodeText(bytes, { label: 'it', encoding });
const parse = (text: string) => parseJson(text, { label: 'it.json' });

describe('decodeText', () => {
  it('reads back every text in UTF-8 and UTF-16, with and without a mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\uFEFF'));
        const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
        for (const bytes of [
          Buffer.from(text),
          Buffer.from(`\uFEFF${text}`),
          little,
          Buffer.from(little).swap16(),
        ])
          expect(decode(bytes)).toBe(text);
      }),
    );
  });

  it.each<[string, Uint8Array, string | undefined, string]>([
    [
      'a lone byte',
      Uint8Array.of(97, 10, 98, 0xc4, 99),
      undefined,
      'it: not UTF-8: byte 0xC4 at line 2, column 2',
    ],
    [
      'a character cut off at the end',
      Uint8Array.of(97, 0xe2, 0x82),
      undefined,
      'byte 0xE2 at line 1, column 2',
    ],
    ['an overlong form', Uint8Array.of(0xc0, 0xaf), undefined, 'byte 0xC0 at line 1, column 1'],
    [
      'half a surrogate pair',
      Uint8Array.of(0xff, 0xfe, 97, 0, 0, 0xd8),
      undefined,
      'not UTF-16LE: byte 0x00 at line 1, column 2',
    ],
    [
      'half a code unit',
      Uint8Array.of(0xff, 0xfe, 97, 0, 98),
      undefined,
      'not UTF-16LE: byte 0x62 at line 1, column 2',
    ],
    [
      'a byte that Shift JIS has not',
      Uint8Array.of(97, 0xfd),
      'shift_jis',
      'not SHIFT_JIS: byte 0xFD at line 1, column 2',
    ],
    ['a NUL', Uint8Array.of(97, 13, 10, 98, 0), undefined, 'a NUL character at line 2, column 2'],
    ['UTF-32', Uint8Array.of(0xff, 0xfe, 0, 0, 97, 0, 0, 0), undefined, 'UTF-32 cannot be read'],
  ])('refuses %s', (_, bytes, encoding, message) => {
    expect(() => decode(bytes, encoding)).toThrow(message);
  });

  it('reads windows-1252 as it is, not as ISO 8859-1', () => {
    expect(decode(Uint8Array.of(0x80, 0x93, 0xe9, 0x81), 'windows-1252')).toBe('€“é\x81');
  });

  it('finds the first of two bad bytes in a long text', () => {
    const bytes = Buffer.from('a line of text\n'.repeat(50_000));
    bytes[600_003] = 0xff;
    bytes[700_000] = 0xfe;
    expect(() => decode(bytes)).toThrow('byte 0xFF at line 40001, column 4');
  });
});

describe('parseJson', () => {
  it.each([
    ['{"a": 1, "b": {"c": 1, "c": 2}}', 'line 1, column 24', "the key 'c' is given twice", '/b/c'],
    ['[{"a":1},\n {"a":1, "\\u0061":2}]', 'line 2, column 10', "the key 'a' is given twice", '/1/a'],
    ['{"a": "b", "b": "a", "a": []}', 'line 1, column 22', "the key 'a' is given twice", '/a'],
    [
      '{"x": [0, {"__proto__": 1}]}',
      'line 1, column 12',
      "the key '__proto__' is not allowed",
      '/x/1/__proto__',
    ],
  ])('%s', (text, place, problem, pointer) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ summary: `it.json, ${place}: ${problem}`, pointer }),
    );
  });

  it.each(['[', '{"a":'])('refuses 60,000 nested %s', (open) => {
    const text = `${open.repeat(60_000)}1${(open === '[' ? ']' : '}').repeat(60_000)}`;
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ expected: 'at most 100 levels of brackets' }),
    );
  });

  it('walks over strings of any length and content', () => {
    const long = { a: 'x'.repeat(2e7), b: '"{[\\'.repeat(1e6), '\\"': ['}'] };
    expect(parse(JSON.stringify(long))).toEqual(long);
  });

  it('agrees with JSON.parse on every other document', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['', 'the file is empty'],
    [' \n', 'the file is empty'],
    ['{', 'is not valid JSON'],
    ['NaN', 'is not valid JSON'],
  ])('refuses %j', (text, reason) => {
    expect(() => parse(text)).toThrow(GaussmarkError);
    expect(() => parse(text)).toThrow(reason);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gaussmark-text-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string | Uint8Array) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };

  it('is JSON in any Unicode encoding', async () => {
    const text = '{"a": "é"}';
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\uFEFF${text}`),
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
    ])
      expect(await readJson(write('a.json', bytes))).toEqual({ a: 'é' });
    await expect(readJson(write('b.json', Uint8Array.of(123, 0xe9)))).rejects.toThrow(/not UTF-8: byte 0xE9/);
  });

  it('must be a regular file of a bounded size', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const refusals: [string, object][] = [
      [pipe, { got: 'a pipe' }],
      [folder, { got: 'a folder' }],
      ['/dev/zero', { got: 'a device' }],
      [write('big', 'x'.repeat(11)), { got: '11 bytes', expected: 'at most 10 bytes' }],
      [path.join(folder, 'none'), { summary: `cannot read ${folder}/none: there is no such file` }],
      [path.join(folder, 'x'.repeat(300)), { summary: expect.stringContaining('the path is too long') }],
    ];
    for (const [file, error] of refusals)
      await expect(readRegularFile(file, { limit: 10 })).rejects.toMatchObject({
        name: 'GaussmarkError',
        ...error,
      });
  });
});
