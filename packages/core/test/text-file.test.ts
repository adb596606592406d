// Text files: what is decoded, what is rejected, and where errors point.

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
  it('decodes UTF-8 and UTF-16, with and without a byte-order mark', () => {
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

  const UTF8 = /UTF-8/;
  const UTF16 = /UTF-16LE/;
  it.each<[string, number[], string | undefined, RegExp, string]>([
    ['a lone byte', [97, 10, 98, 0xc4, 99], undefined, UTF8, 'byte 0xC4 at line 2, column 2'],
    ['a truncated character', [97, 0xe2, 0x82], undefined, UTF8, 'byte 0xE2 at line 1, column 2'],
    ['an overlong form', [0xc0, 0xaf], undefined, UTF8, 'byte 0xC0 at line 1, column 1'],
    [
      'half a surrogate pair',
      [0xff, 0xfe, 97, 0, 0, 0xd8],
      undefined,
      UTF16,
      'byte 0x00 at line 1, column 2',
    ],
    ['half a code unit', [0xff, 0xfe, 97, 0, 98], undefined, UTF16, 'byte 0x62 at line 1, column 2'],
    ['a byte not in Shift JIS', [97, 0xfd], 'shift_jis', /SHIFT_JIS/, 'byte 0xFD at line 1, column 2'],
    ['a NUL', [97, 13, 10, 98, 0], undefined, /NUL/, 'NUL at line 2, column 2'],
    ['UTF-32', [0xff, 0xfe, 0, 0, 97, 0, 0, 0], undefined, /UTF-8/, 'a UTF-32 byte-order mark'],
  ])('rejects %s', (_, bytes, encoding, expected, got) => {
    expect(() => decode(Uint8Array.from(bytes), encoding)).toThrow(
      expect.objectContaining({
        name: 'GaussmarkError',
        expected: expect.stringMatching(expected),
        got: expect.stringContaining(got),
      }),
    );
  });

  it('decodes the C1 range of windows-1252, unlike ISO 8859-1', () => {
    expect(decode(Uint8Array.of(0x80, 0x93, 0xe9, 0x81), 'windows-1252')).toBe('€“é\x81');
  });

  it('finds the first of two invalid bytes in a long text', () => {
    const bytes = Buffer.from('a line of text\n'.repeat(50_000));
    bytes[600_003] = 0xff;
    bytes[700_000] = 0xfe;
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({ got: expect.stringContaining('byte 0xFF at line 40001, column 4') }),
    );
  });
});

describe('parseJson', () => {
  it.each([
    ['{"a": 1, "b": {"c": 1, "c": 2}}', 'line 1, column 24', '/b/c'],
    ['[{"a":1},\n {"a":1, "\\u0061":2}]', 'line 2, column 10', '/1/a'],
    ['{"a": "b", "b": "a", "a": []}', 'line 1, column 22', '/a'],
    ['{"x": [0, {"__proto__": 1}]}', 'line 1, column 12', '/x/1/__proto__'],
  ])('rejects %s', (text, place, pointer) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ summary: expect.stringContaining(`it.json, ${place}: `), pointer }),
    );
  });

  it.each(['[', '{"a":'])('rejects 60,000 nested %s', (open) => {
    const text = `${open.repeat(60_000)}1${(open === '[' ? ']' : '}').repeat(60_000)}`;
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ expected: 'at most 100 levels of brackets' }),
    );
  });

  it('handles strings of any length and content', () => {
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
    ['{', 'not valid JSON'],
    ['NaN', 'not valid JSON'],
  ])('rejects %j', (text, reason) => {
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
    await expect(readJson(write('b.json', Uint8Array.of(123, 0xe9)))).rejects.toMatchObject({
      got: expect.stringContaining('byte 0xE9'),
    });
  });

  it('must be a regular file of limited size', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const rejected: [string, object][] = [
      [pipe, { got: 'a pipe' }],
      [folder, { got: 'a folder' }],
      ['/dev/zero', { got: 'a device' }],
      [write('big', 'x'.repeat(11)), { got: '11 bytes', expected: 'at most 10 bytes' }],
      [path.join(folder, 'none'), { file: `${folder}/none`, cause: { code: 'ENOENT' } }],
      [path.join(folder, 'x'.repeat(300)), { cause: { code: 'ENAMETOOLONG' } }],
    ];
    for (const [file, error] of rejected)
      await expect(readRegularFile(file, { limit: 10 })).rejects.toMatchObject({
        name: 'GaussmarkError',
        ...error,
      });
  });
});
