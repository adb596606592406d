// The report document: its published schema, valid and invalid reports.

import { readFileSync } from 'node:fs';
import { schemaIssues } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { type Report, reportSchema } from '../src/schema/report-schema.js';
import { reportIssues, validateReport } from '../src/schema/validate.js';
import { finiteOrNull } from '../src/schema/vocabulary.js';
import { fixture } from './fixture.js';

/** A modified valid document. */
function changed(change: (report: Report) => void): unknown {
  const report = structuredClone(fixture());
  change(report);
  return report;
}

const pointers = (document: unknown) => reportIssues(document).map(({ pointer }) => pointer);

describe('the published schema', () => {
  it('matches its source (`pnpm schemas` in the package writes it)', () => {
    const file = new URL('../schemas/report.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(reportSchema)));
  });

  it('is a valid JSON Schema of draft 2020-12', () => {
    const published = JSON.parse(JSON.stringify(reportSchema)) as Record<string, unknown>;
    expect(published.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schemaIssues(published)).toEqual([]);
  });

  it('describes every property', () => {
    expect(undescribed(JSON.parse(JSON.stringify(reportSchema)), '')).toEqual([]);
  });
});

/** Pointers of properties without a description, at any depth. */
function undescribed(schema: Record<string, unknown>, at: string): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>);
  const items = schema.items as Record<string, unknown> | undefined;
  return [
    ...properties.flatMap(([name, property]) => [
      ...('description' in property ? [] : [`${at}/${name}`]),
      ...undescribed(property, `${at}/${name}`),
    ]),
    ...(items === undefined ? [] : undescribed(items, `${at}/*`)),
  ];
}

describe('a valid report', () => {
  it('passes, and survives JSON', () => {
    const report = fixture();
    expect(validateReport(report)).toBe(report);
    expect(reportIssues(JSON.parse(JSON.stringify(report)))).toEqual([]);
  });

  it('has null for losses that were not finite', () => {
    const diverged = fixture().runs.find(({ status }) => status === 'diverged')!;
    expect(diverged.curve.at(-1)!.trainLoss).toBeNull();
    expect([finiteOrNull(Number.NaN), finiteOrNull(Number.NEGATIVE_INFINITY), finiteOrNull(2)]).toEqual([
      null,
      null,
      2,
    ]);
  });
});

describe('an invalid report has an issue at its mistake', () => {
  it.each([
    ['a NaN', (r: Report) => (r.runs[3]!.curve[2]!.trainLoss = Number.NaN), '/runs/3/curve/2/trainLoss'],
    ['an unknown status', (r: Report) => Object.assign(r.runs[0]!, { status: 'ok' }), '/runs/0/status'],
    ['a negative time', (r: Report) => (r.runs[0]!.seconds.train = -1), '/runs/0/seconds/train'],
    [
      'an accuracy in percent',
      (r: Report) => (r.runs.at(-1)!.curve[0]!.testAccuracy = 94),
      '/runs/62/curve/0/testAccuracy',
    ],
    ['an unknown property', (r: Report) => Object.assign(r, { comment: '' }), '/comment'],
    ['another version', (r: Report) => Object.assign(r, { schemaVersion: 1 }), '/schemaVersion'],
    ['a date without zone', (r: Report) => (r.created = '2026-03-01 14:05'), '/created'],
    ['a missing part', (r: Report) => Reflect.deleteProperty(r.runs[1]!, 'steps'), '/runs/1/steps'],
    ['an unknown problem', (r: Report) => (r.runs[5]!.problem = 'sine'), '/runs/5/problem'],
    ['an id twice', (r: Report) => (r.runs[7]!.id = r.runs[2]!.id), '/runs/7/id'],
    ['a problem twice', (r: Report) => r.problems.push(r.problems[0]!), '/problems/3/name'],
    ['an epoch twice', (r: Report) => (r.runs[0]!.curve[4]!.epoch = 4), '/runs/0/curve/4/epoch'],
    ['a clock that runs back', (r: Report) => (r.runs[0]!.curve[4]!.seconds = 0), '/runs/0/curve/4/seconds'],
  ])('%s', (_what, change, pointer) => {
    expect(pointers(changed(change))).toEqual([pointer]);
  });

  it('as an internal error that names the pointer, expected and got', () => {
    const document = changed((report) => (report.runs[0]!.problem = 'sine'));
    expect(() => validateReport(document)).toThrow(
      expect.objectContaining({
        name: 'GaussmarkError',
        summary: expect.stringMatching(/^internal:/),
        pointer: '/runs/0/problem',
        expected: "'sine10', 'boston', 'mnist'",
        got: "'sine'",
      }),
    );
  });
});
