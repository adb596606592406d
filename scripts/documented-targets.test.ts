// The table of targets in docs/protocol.md: it matches the problems, and its reasons match the published reports.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const json = <T>(file: string) => JSON.parse(read(file)) as T;

const GOALS = { testLoss: 'test loss', testAccuracy: 'test accuracy' } as const;
const PROBLEMS = 'packages/harness/problems';

interface Run {
  readonly problem: string;
  readonly label: string;
  readonly optimizer: string;
  readonly target?: { readonly reached: { readonly epoch: number } | null };
  readonly curve: readonly { readonly testAccuracy?: number }[];
}

const page = read('docs/protocol.md');
const rows = page
  .slice(page.indexOf('| problem '))
  .split('\n\n', 1)[0]!
  .split('\n')
  .slice(2)
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

it('lists exactly the targets of the problems', () => {
  const documented = rows.flatMap(([names, target]) =>
    [...names!.matchAll(/`([^`]+)`/g)].map(([, name]): [string, string] => [name!, target!]),
  );
  const own = readdirSync(path.join(ROOT, PROBLEMS)).flatMap((file): [string, string][] => {
    const { name, targets } = json<{ name: string; targets?: Partial<Record<keyof typeof GOALS, number>> }>(
      `${PROBLEMS}/${file}`,
    );
    if (targets === undefined) return [];
    const [[goal, value], ...more] = Object.entries(targets) as [[keyof typeof GOALS, number]];
    expect(more).toEqual([]);
    return [[name, `${GOALS[goal]} ${value}`]];
  });
  expect(documented.sort()).toEqual(own.sort());
});

describe('matches the leaderboard of 2026-11-24', () => {
  const { runs } = json<{ runs: readonly Run[] }>('reports/published/leaderboard-2026-11-24/report.json');
  /** First and last epoch that reached the target, the number of misses, and their final accuracies. */
  const summary = (problem: string, label: RegExp) => {
    const own = runs.filter((run) => run.problem === problem && label.test(run.label));
    const epochs = own.flatMap(({ target }) => target?.reached?.epoch ?? []);
    const ends = own
      .filter(({ target }) => target?.reached == null)
      .map(({ curve }) => Math.round(100 * (curve.at(-1)?.testAccuracy ?? 0)));
    return { from: Math.min(...epochs), to: Math.max(...epochs), missed: ends.length, ends: new Set(ends) };
  };

  it.each([
    ['boston', /^sgn/, { from: 3, to: 5, missed: 0 }],
    ['boston', /^sgd/, { missed: 12 }],
    ['mnist', /^sgn/, { from: 1, to: 4, missed: 0 }],
    ['mnist', /^sgd\[learningRate=(1|0\.1,momentum=0\.9)\]$/, { from: 34, to: 39, missed: 0 }],
    ['mnist', /^sgd\[learningRate=0\.01\]$/, { missed: 3, ends: new Set([42, 43]) }],
    ['mnist', /^sgd\[learningRate=0\.1\]$/, { missed: 3, ends: new Set([78]) }],
    ['fashion', /^sgn/, { to: 1, missed: 0 }],
    ['fashion', /^sgd\[learningRate=0\.1[,\]]/, { from: 4, to: 7, missed: 0 }],
    ['fashion', /^sgd\[learningRate=0\.01\]$/, { missed: 3, ends: new Set([80]) }],
    ['fashion', /^sgd\[learningRate=1\]$/, { missed: 3, ends: new Set([10]) }],
  ])('%s, %s', (problem, label, expected) => {
    expect(summary(problem, label)).toMatchObject(expected);
  });
});

it('counts the runs of the default comparison that reached their targets', () => {
  const { runs } = json<{ runs: readonly Run[] }>('reports/published/default-2026-11-27/report.json');
  const reached = (problem: string, optimizer: string) => {
    const own = runs.filter((run) => run.problem === problem && run.optimizer === optimizer);
    return [own.filter(({ target }) => target?.reached != null).length, own.length];
  };
  expect([reached('boston-drawn', 'sgn'), reached('mnist-drawn', 'sgn')]).toEqual([
    [16, 16],
    [14, 16],
  ]);
  expect([reached('boston-drawn', 'sgd'), reached('mnist-drawn', 'sgd')]).toEqual([
    [0, 16],
    [7, 16],
  ]);
});
