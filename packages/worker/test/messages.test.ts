// The messages of a worker under fuzz: lines, output and errors of any kind are read, and nothing throws.

import { PassThrough } from 'node:stream';
import { validator } from '@gaussmark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../src/bounded-lines.js';
import { BoundedOutput } from '../src/bounded-output.js';
import { AMOUNT, listOf, objectOf, TEXT } from '../src/message-schemas.js';
import { deserializeError, serializeError } from '../src/serialized-error.js';

describe('a schema of a message', () => {
  const issuesOf = validator(objectOf({ name: TEXT, sizes: listOf(AMOUNT) }, { note: TEXT }));

  it.each<[what: string, message: unknown, at: readonly string[]]>([
    ['every field', { name: 'a', sizes: [0, 1.5], note: 'n', more: 1 }, []],
    ['required fields', { name: 'a', sizes: [] }, []],
    ['a missing field', { name: 'a' }, ['/sizes']],
    ['a wrong list item', { name: 'a', sizes: [0, -1] }, ['/sizes/1']],
    ['a wrong optional field', { name: 'a', sizes: [], note: null }, ['/note']],
  ])('requires fields and checks optional ones: %s', (_, message, at) => {
    expect(issuesOf(message).map(({ pointer }) => pointer)).toEqual(at);
  });
});

it('reads lines unchanged however the stream is cut, and stops at one that is too long', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 40 }).map((text) => text.replaceAll('\n', ''))),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (lines, cuts) => {
        const stream = new PassThrough();
        const read: string[] = [];
        let tooLong = false;
        readLines(stream, 100, { onLine: (line) => read.push(line), onTooLong: () => (tooLong = true) });
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        for (let start = 0, i = 0; start < bytes.length; i++) {
          const end = start + cuts[i % cuts.length]!;
          stream.emit('data', bytes.subarray(start, end));
          start = end;
        }
        const fits = lines.findIndex((line) => Buffer.byteLength(line) > 100);
        expect(tooLong || fits < 0 || read.length === lines.length).toBe(true);
        expect(read).toEqual(lines.slice(0, read.length));
        stream.emit('data', Buffer.alloc(101, 'x'));
        expect(tooLong).toBe(true);
      },
    ),
  );
});

it('output is bounded to its beginning and its end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 9 }), fc.integer({ min: 0, max: 9000 }))),
      (parts) => {
        const kept = new BoundedOutput();
        const texts = parts.map(([text, times]) => text.repeat(times));
        for (const text of texts) kept.add(text);
        const all = texts.join('');
        const { text = '' } = kept;
        if (all.length <= 2 ** 16) expect(text).toBe(all);
        else expect([text.length < 2 ** 16 + 100, text.endsWith(all.slice(-1000))]).toEqual([true, true]);
      },
    ),
    { numRuns: 50 },
  );
});

it.each([
  ['null', null],
  ['an object without a prototype', Object.create(null) as unknown],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('get');
        },
        getPrototypeOf: () => {
          throw new Error('prototype');
        },
      },
    ),
  ],
  [
    'a getter that throws',
    Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    }),
  ],
  ['a symbol', Symbol('s')],
  ['a cycle', Object.assign(new Error('cycle'), { self: {} as object })],
  ['a long string', 'x'.repeat(1e6)],
] as const)('%s that is thrown is serialized in words', (_, thrown) => {
  const serialized = serializeError(thrown);
  expect(serialized.text.length).toBeLessThan(4000);
  expect(deserializeError(JSON.parse(JSON.stringify(serialized)) as typeof serialized).message).toBe(
    serialized.text,
  );
});
