// The part of a report that a search makes, as far as it has come.

import type { Tuning } from '@gaussmark/analysis';
import type { CellOutcome } from '@gaussmark/harness';
import { type TuningPlan, trialsOf, type Winner } from './plan-tuning.js';
import { compareContestants, contestantsOf, reportContestant } from './results.js';
import { type EndedTrial, type Study, studyOf } from './study.js';

/** The studies of the trials that have ended; one for each problem and optimizer that has any. */
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

/** The best trial of each study that has one of use. */
export function winnersOf(studies: readonly Study[]): Winner[] {
  return studies.flatMap(({ best, report }) =>
    best === undefined ? [] : [{ problem: report.problem, point: best }],
  );
}

/** @param finals the final runs that have ended; none while the search goes on */
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
