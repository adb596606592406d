// The report section of a search, finished or in progress.

import type { Tuning } from '@gaussmark/analysis';
import type { CellOutcome } from '@gaussmark/harness';
import { type TuningPlan, trialsOf, type Winner } from './plan-tuning.js';
import { compareContestants, contestantsOf, reportContestant } from './results.js';
import { type EndedTrial, type Study, studyOf } from './study.js';

/** Studies of the finished trials, one per problem and optimizer with any. */
export function studiesOf(plan: TuningPlan, outcomes: readonly CellOutcome[]): Study[] {
  const byId = new Map(
    outcomes
      .filter(({ result }) => result.status !== 'cancelled')
      .map((outcome) => [outcome.cell.id, outcome]),
  );
  return plan.trials.problems.flatMap(({ name }) =>
    plan.optimizers.flatMap((optimizer): Study[] => {
      const ended = trialsOf(plan, name, optimizer).flatMap(({ cell, point }): EndedTrial[] => {
        const outcome = byId.get(cell.id);
        return outcome === undefined ? [] : [{ cell, point, outcome }];
      });
      return ended.length === 0 ? [] : [studyOf(name, optimizer, ended, plan.request.criterion)];
    }),
  );
}

/** The best trial of each study with a usable one. */
export function winnersOf(studies: readonly Study[]): Winner[] {
  return studies.flatMap(({ best, report }) =>
    best === undefined ? [] : [{ problem: report.problem, point: best }],
  );
}

/** @param finals the finished final runs; none during the search */
export function tuningSection(
  { request, optimizers, trials }: TuningPlan,
  studies: readonly Study[],
  finals: readonly CellOutcome[],
): Tuning {
  const problems = trials.problems.map(({ name }) => name);
  const contestants = contestantsOf(problems, optimizers, winnersOf(studies), finals);
  return {
    search: request.search,
    trialsAsked: request.trials,
    seed: request.tuningSeed,
    validationShare: request.validation,
    criterion: request.criterion,
    studies: studies.map(({ report }) => report),
    contestants: contestants.map(reportContestant),
    comparisons: compareContestants(contestants),
  };
}
