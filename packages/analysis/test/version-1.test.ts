// Upgrades of version 1 reports.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reportIssues } from '../src/schema/validate.js';
import { upgradedReport } from '../src/schema/version-1.js';

const PUBLISHED = new URL('../../../reports/published/', import.meta.url);
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}/report.json`, PUBLISHED), 'utf8')) as { schemaVersion: number };
const names = readdirSync(PUBLISHED, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

it.each(names)('upgrades %s', (name) => {
  expect(reportIssues(upgradedReport(read(name)))).toEqual([]);
});

it('renames inner loops, timings and published configurations, not hyperparameters', () => {
  const upgraded = upgradedReport({
    schemaVersion: 1,
    runs: [{ hyperparameters: { cgIterations: 3 }, cg: { iterations: 2.5 } }, {}],
    timing: [{ costs: [{ kind: 'cgIteration' }, { kind: 'step', cgIterations: 3 }], lines: [{}] }],
    published: { problems: [{ hyperparameters: { cgIterations: 3 }, cgIterations: 3 }] },
  });
  const iteration = { one: 'CG iteration', many: 'CG iterations' };
  expect(upgraded).toMatchObject({
    schemaVersion: 2,
    runs: [{ hyperparameters: { cgIterations: 3 }, innerLoop: { iteration, iterations: 2.5 } }, {}],
    timing: [
      { costs: [{ kind: 'innerIteration' }, { kind: 'step', innerIterations: 3 }], lines: [{ iteration }] },
    ],
    published: { problems: [{ hyperparameters: { cgIterations: 3 }, innerIterations: 3 }] },
  });
});
