// The plans of a search, by a planner that only listens.

import type { MakePlan } from '@gaussmark/harness';
import { expect, it } from 'vitest';
import { workspaceRegistry } from '../../harness/test/fixtures.js';
import { planFinals, planTuning } from '../src/plan-tuning.js';

it("runs trials and finals on the engine that 'auto' chose for the untuned optimizers", async () => {
  const engineChoices = [{ problem: 'boston', engine: 'a', seconds: { a: 1, b: 2 } }];
  const asked: unknown[] = [];
  const makePlan: MakePlan = async (_, groups = []) => {
    asked.push(...groups.map((group) => [group.engines, group.engineChoices]));
    return { title: '', cells: [], problems: [], skipped: [], engines: {}, engineChoices };
  };
  const plan = { problems: ['boston'], optimizers: ['sgd'], seeds: [1], engines: ['auto'] };
  const search = { search: 'quasi-random', trials: 2, validation: 0.1, tuningSeed: 0 } as const;
  const request = { plan, ...search, criterion: 'final-validation-loss' } as const;
  const planned = await planTuning(request, await workspaceRegistry(), makePlan);
  await planFinals(planned, [], makePlan);
  expect(asked).toEqual([
    [['auto'], undefined],
    [['auto'], engineChoices],
    [['auto'], engineChoices],
  ]);
});
