// Damaged stores: exactly the intact records are read, and nothing throws.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { identityOf, PARTS } from '../src/store/identity.js';
import { encodeRecord, RECORD_SCHEMA, type RunRecord } from '../src/store/record.js';
import { explain } from '../src/store/resume.js';
import { readRecord, Store } from '../src/store/store.js';
import { cellOf, ENVIRONMENT, resultOf, SINE_PROBLEM } from './fixtures.js';

const folder = mkdtempSync(path.join(tmpdir(), 'gaussmark-damage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Valid in a report: a record without a checksum is accepted if a report can be built from it. */
function recordOf(seed: number): RunRecord {
  const parts = Object.fromEntries(PARTS.map((part) => [part, `${part} ${seed}`])) as Record<
    (typeof PARTS)[number],
    string
  >;
  const cell = cellOf('sine10', 'sgd', seed);
  const finished = new Date(1000 * seed).toISOString();
  return {
    header: {
      ...{ schema: RECORD_SCHEMA, ...identityOf(parts), id: cell.id, status: 'done' },
      ...{ finished, seconds: 1 },
    },
    body: {
      tool: '1',
      cell,
      problem: SINE_PROBLEM,
      environment: ENVIRONMENT,
      result: resultOf(seed),
      conditions: undefined,
    },
  };
}

const RECORDS = [1, 2, 3, 4, 5].map(recordOf);
const LINES = RECORDS.map((record) => encodeRecord(record).subarray(0, -1));
const OLD_LINES = LINES.map((line) => Buffer.from(line.toString().replace(/,"crc32":"[0-9a-f]{8}"\}$/, '}')));
const join = (lines: readonly Buffer[]) => Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

type Damage = (bytes: Buffer) => Buffer;
const at = (share: number, { length }: Buffer) => Math.min(length, Math.floor(share * (length + 1)));
const share = fc.double({ min: 0, max: 1, noNaN: true });

const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(share, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Damage =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[Math.min(copy.length - 1, at(where, copy))]! ^= mask;
        return copy;
      },
  ),
  fc.tuple(share, fc.nat(3000)).map(
    ([where, count]): Damage =>
      (bytes) => {
        const from = at(where, bytes);
        return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)]);
      },
  ),
  fc.tuple(share, fc.nat(3000)).map(
    ([where, count]): Damage =>
      (bytes) => {
        const from = at(where, bytes);
        return Buffer.from(bytes).fill(0, from, Math.min(bytes.length, from + count));
      },
  ),
  fc.tuple(share, fc.uint8Array({ maxLength: 50 })).map(
    ([where, added]): Damage =>
      (bytes) => {
        const from = at(where, bytes);
        return Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from)]);
      },
  ),
  fc
    .tuple(share, fc.constantFrom('\n', '\r\n', '{"schema":1,"key":"', '"}', ',"crc32":"00000000"}', '{}\n'))
    .map(
      ([where, added]): Damage =>
        (bytes) => {
          const from = at(where, bytes);
          return Buffer.concat([bytes.subarray(0, from), Buffer.from(added), bytes.subarray(from)]);
        },
    ),
  // Two processes that wrote to one file: a piece of it stands in the middle of another.
  fc.tuple(share, share, fc.nat(3000)).map(
    ([where, source, count]): Damage =>
      (bytes) => {
        const [from, start] = [at(where, bytes), at(source, bytes)];
        return Buffer.concat([
          bytes.subarray(0, from),
          bytes.subarray(start, start + count),
          bytes.subarray(from),
        ]);
      },
  ),
);

function storeOf(bytes: Buffer): Store {
  const directory = path.join(folder, 'store');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'a.jsonl'), bytes);
  return Store.open(folder);
}

describe('a damaged store', () => {
  it('gives exactly the intact records', () => {
    fc.assert(
      fc.property(fc.array(damages, { minLength: 1, maxLength: 4 }), (all) => {
        const bytes = all.reduce<Buffer>((damaged, damage) => damage(damaged), join(LINES));
        const store = storeOf(bytes);
        const expected = RECORDS.filter((_, i) => bytes.includes(LINES[i]!)).map(({ header }) => header.key);
        const found = [...store.entries()].map(({ header }) => header.key);
        expect(found.sort()).toEqual(expected.sort());
        for (const entry of store.entries()) {
          const original = RECORDS.find(({ header }) => header.key === entry.header.key)!;
          expect(readRecord(entry)).toEqual(JSON.parse(JSON.stringify(original)));
        }
        expect(explain([], store).length).toBeLessThanOrEqual(1);
        for (const { offset } of store.damage) expect(offset).toBeLessThan(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  it('of an older version, without checksums, gives every valid record', () => {
    fc.assert(
      fc.property(damages, (damage) => {
        const bytes = damage(join(OLD_LINES));
        const store = storeOf(bytes);
        const found = new Set([...store.entries()].map(({ header }) => header.key));
        const whole = RECORDS.filter(
          ({ header }, i) => bytes.includes(OLD_LINES[i]!) && !found.has(header.key),
        );
        expect(whole).toEqual([]);
        for (const entry of store.entries()) expect(readRecord(entry).body.cell.id).toBe(entry.header.id);
      }),
      { numRuns: 200 },
    );
  });

  it('reads an old store', () => {
    const store = storeOf(join(OLD_LINES));
    expect([store.count, store.damage]).toEqual([5, []]);
    expect(readRecord([...store.entries()][0]!)).toEqual(JSON.parse(JSON.stringify(RECORDS[0])));
  });
});
