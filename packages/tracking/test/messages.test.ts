// Messages of a worker under fuzz: whatever comes is taken for sound data or refused, and nothing throws.

import { PassThrough } from 'node:stream';
import { validator } from '@gaussmark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../../harness/src/cell/cell.js';
import { readLines } from '../../harness/src/isolation/bounded-lines.js';
import { KeptOutput } from '../../harness/src/isolation/kept-output.js';
import { AMOUNT, listOf, objectOf, TEXT } from '../../harness/src/isolation/message-schemas.js';
import { eventIssues, resultIssues } from '../../harness/src/isolation/run-messages.js';
import { errorTold, tellError } from '../../harness/src/isolation/told-error.js';
import { cellOf, resultOf } from '../../harness/test/fixtures.js';
import { answerIssues, messageIssues } from '../src/messages.js';

const CELL = cellOf('sine', 'sgd');
const { curve, ...SOUND } = resultOf(0.5);
const POINT = curve[0]!;

/** A sound value with something else in the place of one of its parts. */
const spoiled = <T extends object>(sound: T) =>
  fc
    .tuple(fc.constantFrom(...(Object.keys(sound) as (keyof T)[])), fc.jsonValue())
    .map(([key, value]) => [key, { ...sound, [key]: value }] as const);

const isSeconds = (value: unknown) => typeof value === 'number' && value >= 0;

describe('a schema of a message', () => {
  const issuesOf = validator(objectOf({ name: TEXT, sizes: listOf(AMOUNT) }, { note: TEXT }));

  it.each<[what: string, message: unknown, at: readonly string[]]>([
    ['all of it', { name: 'a', sizes: [0, 1.5], note: 'n', more: 1 }, []],
    ['what is required', { name: 'a', sizes: [] }, []],
    ['less', { name: 'a' }, ['/sizes']],
    ['something else in a list', { name: 'a', sizes: [0, -1] }, ['/sizes/1']],
    ['something else as an option', { name: 'a', sizes: [], note: null }, ['/note']],
  ])('is met by what is required, and by options of their kind: %s', (_, message, at) => {
    expect(issuesOf(message).map(({ pointer }) => pointer)).toEqual(at);
  });
});

describe('a message of a run', () => {
  it('that is sound is taken', () => {
    expect(eventIssues({ type: 'point', point: POINT }, undefined)).toEqual([]);
    expect(resultIssues({ ...SOUND, status: 'done' }, CELL, curve)).toEqual([]);
  });

  it('of any kind is judged without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // A text of JSON is nothing that a run tells.
        expect(eventIssues(value, undefined).length).toBeGreaterThan(0);
        expect(resultIssues(value, CELL, [])).not.toEqual([]);
        expect(messageIssues(value)).not.toEqual([]);
        for (const issuesOf of Object.values(answerIssues)) issuesOf(value);
      }),
    );
  });

  it.each(['seconds', 'epoch', 'iterations', 'gradientEquivalents'] as const)(
    'is refused where %s of a point is no number of at least 0',
    (key) => {
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.double({ max: -1e-9, noNaN: true })), (value) => {
          fc.pre(!isSeconds(value));
          expect(eventIssues({ type: 'point', point: { ...POINT, [key]: value } }, undefined)).not.toEqual(
            [],
          );
        }),
      );
    },
  );

  it('is refused where a curve goes backwards', () => {
    const before: CurvePoint = { ...POINT, epoch: 2 };
    expect(eventIssues({ type: 'point', point: POINT }, before)).not.toEqual([]);
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3, seconds: 0.5 } }, before)).not.toEqual(
      [],
    );
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3 } }, before)).toEqual([]);
  });

  it('is refused where a time of the result is no number of at least 0', () => {
    fc.assert(
      fc.property(spoiled(SOUND.seconds), ([key, seconds]) => {
        const issues = resultIssues({ ...SOUND, status: 'done', seconds }, CELL, curve);
        expect(issues.length === 0).toBe(isSeconds(seconds[key]));
      }),
    );
  });
});

it('lines come out as they went in, however they are cut; one that is too long ends the reading', () => {
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

it('what is printed is kept within bounds, its beginning and its end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 9 }), fc.integer({ min: 0, max: 9000 }))),
      (parts) => {
        const kept = new KeptOutput();
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
  ['a bare object', Object.create(null) as unknown],
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
  ['a long text', 'x'.repeat(1e6)],
] as const)('%s that is thrown is told in words', (_, thrown) => {
  const told = tellError(thrown);
  expect(told.text.length).toBeLessThan(4000);
  expect(errorTold(JSON.parse(JSON.stringify(told)) as typeof told).message).toBe(told.text);
});
