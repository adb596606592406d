// Vocabulary and versions of the documents, without their schemas, which are slow to load.

/** Raised when readers of the previous version could misread a document, not for additions that they can ignore. */
export const REPORT_SCHEMA_VERSION = 2;

/** Statuses of a run. */
export const RUN_STATUSES = [
  'done',
  'target-reached',
  'budget',
  'diverged',
  'failed',
  'timeout',
  'out-of-memory',
  'skipped',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Kinds of timed parts. */
export const TIMED_KINDS = ['forward', 'gradient', 'ggnProduct', 'innerIteration', 'step'] as const;
export type TimedKind = (typeof TIMED_KINDS)[number];

/** Criteria that rank trials. */
export const TUNING_CRITERIA = [
  'final-validation-loss',
  'best-validation-loss',
  'final-validation-accuracy',
  'iterations-to-target',
  'seconds-to-target',
  'gradient-equivalents-to-target',
] as const;
export type TuningCriterion = (typeof TUNING_CRITERIA)[number];

/** Measures that compare two contestants. */
export const TUNING_MEASURES = ['testLoss', 'iterations', 'seconds', 'gradientEquivalents'] as const;
export type TuningMeasure = (typeof TUNING_MEASURES)[number];

export const HISTORY_REPORT_FORMAT = 'gaussmark-history-report';

/** Raised when readers of the previous version could misread a document, not for additions that they can ignore. */
export const HISTORY_REPORT_SCHEMA_VERSION = 1;

/**
 * The meaning of a change: worse, better, or (if neither direction is better, as for operator counts) different, which needs
 * an explanation.
 */
export const CHANGE_VERDICTS = ['regression', 'improvement', 'change'] as const;
export type ChangeVerdict = (typeof CHANGE_VERDICTS)[number];

/** A number as documents hold it: null unless finite. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
