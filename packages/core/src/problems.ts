// Validates problems and profiles: their schemas and the syntax of their selections.

import { GaussmarkError, type Issue } from './errors.js';
import { pointerTo } from './json.js';
import type { ProblemDefinition, ProfileDefinition } from './problems-schema.js';
import { parseSelections, splitSelections } from './selection.js';
import { publishedValidator } from './validation.js';

const checkProblem = publishedValidator('problem');
const checkProfile = publishedValidator('profile');

/**
 * Validates a problem definition. The registry checks later whether its dataset, model and hyperparameters exist.
 *
 * @throws GaussmarkError listing every mistake.
 * @internal
 */
export function parseProblem(document: unknown, file: string): ProblemDefinition {
  return accept<ProblemDefinition>(document, file, 'problem', checkProblem(document));
}

/**
 * Validates a profile, including the syntax of its selections.
 *
 * @throws GaussmarkError listing every mistake.
 * @internal
 */
export function parseProfile(document: unknown, file: string): ProfileDefinition {
  const structural = checkProfile(document);
  const issues = structural.length > 0 ? structural : selectionIssues(document as ProfileDefinition);
  return accept<ProfileDefinition>(document, file, 'profile', issues);
}

function accept<T>(document: unknown, file: string, what: string, issues: readonly Issue[]): T {
  if (issues.length === 0) return document as T;
  throw new GaussmarkError(`${file} is not a valid ${what}`, { file, issues });
}

function selectionIssues(profile: ProfileDefinition): Issue[] {
  const runs = profile.runs.flatMap((run, i) => {
    const at = pointerTo('/runs', i);
    return [
      // Only brackets and quotes are checked here; the planner parses names, files and pairs.
      ...run.problems.flatMap((text, j) =>
        selectionIssue(text, pointerTo(`${at}/problems`, j), splitProblems),
      ),
      ...run.optimizers.flatMap((text, j) => selectionIssue(text, pointerTo(`${at}/optimizers`, j))),
      ...selectionIssue(run.engine, `${at}/engine`),
    ];
  });
  const optimizers = (profile.optimizers ?? []).flatMap((text, i) =>
    selectionIssue(text, pointerTo('/optimizers', i)),
  );
  return [...runs, ...optimizers, ...selectionIssue(profile.engine, '/engine')];
}

const splitProblems = (text: string) => splitSelections(text, ',');

function selectionIssue(
  text: string | undefined,
  pointer: string,
  read: (text: string) => unknown = parseSelections,
): Issue[] {
  if (text === undefined) return [];
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    return [{ pointer, problem: error.summary, expected: error.expected, got: error.got }];
  }
}
