// Coverage in a snapshot: every hyperparameter, and whether it changes a number.

import Type, { type Static } from 'typebox';

export const COVERED_KINDS = ['optimizer', 'model', 'dataset', 'loss'] as const;
export type CoveredKind = (typeof COVERED_KINDS)[number];

/**
 * `exercised`: a value changed a number. `inert`: no value did, alone or with others. `absent`: the data is not on this machine.
 * `not run`: there is no value to try, or the plugin does not run.
 */
export const COVERAGE_STATUSES = ['exercised', 'inert', 'absent', 'not run'] as const;

const name = (description: string) => Type.String({ minLength: 1, description });

export const CoveredHyperparameterSchema = Type.Object(
  {
    kind: Type.Enum(COVERED_KINDS, { description: 'The kind of the plugin.' }),
    plugin: name('Name of the plugin.'),
    hyperparameter: name('Name of the hyperparameter.'),
    status: Type.Enum(COVERAGE_STATUSES, { description: 'Whether it was seen to change a number.' }),
    together: Type.Optional(name('What it acts with, where it does nothing alone: schedule="step".')),
    reason: Type.Optional(name('Why it is not exercised.')),
  },
  { additionalProperties: false, description: 'A hyperparameter, and whether the hard measures see it.' },
);

export type CoveredHyperparameter = Static<typeof CoveredHyperparameterSchema>;
export type CoverageStatus = CoveredHyperparameter['status'];

/** `sgn.damping`. */
export const nameOf = ({ plugin, hyperparameter }: CoveredHyperparameter): string =>
  `${plugin}.${hyperparameter}`;

export interface LostCoverage {
  readonly kind: CoveredKind;
  readonly plugin: string;
  readonly hyperparameter: string;
  readonly from: CoverageStatus;
  readonly to: CoverageStatus;
  readonly reason?: string | undefined;
}

/**
 * Hyperparameters that lost their effect, which counts as a change. Missing data does not.
 */
export function lostCoverage(
  before: readonly CoveredHyperparameter[],
  after: readonly CoveredHyperparameter[],
): LostCoverage[] {
  const key = ({ kind, plugin, hyperparameter }: CoveredHyperparameter) =>
    JSON.stringify([kind, plugin, hyperparameter]);
  const known = new Map(before.map((each) => [key(each), each.status]));
  return after.flatMap((each) => {
    const { kind, plugin, hyperparameter, status, reason } = each;
    const from = known.get(key(each));
    if (from !== 'exercised' || status === 'exercised' || status === 'absent') return [];
    return [{ kind, plugin, hyperparameter, from, to: status, reason }];
  });
}

/** `58 of 61 hyperparameters change a number; csv.encoding is inert; no data of cifar10; not run: boston.directory`. */
export function coverageWords(coverage: readonly CoveredHyperparameter[]): string {
  const of = (status: CoverageStatus) => coverage.filter((each) => each.status === status);
  const names = (items: readonly CoveredHyperparameter[]) => items.map(nameOf).join(', ');
  const absent = [...new Set(of('absent').map(({ plugin }) => plugin))];
  return [
    `${of('exercised').length} of ${coverage.length} hyperparameters change a number`,
    ...(of('inert').length === 0 ? [] : [`inert: ${names(of('inert'))}`]),
    ...(absent.length === 0 ? [] : [`without data here: ${absent.join(', ')}`]),
    ...(of('not run').length === 0 ? [] : [`not run: ${names(of('not run'))}`]),
  ].join('; ');
}
