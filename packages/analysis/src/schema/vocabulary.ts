// The words and versions of the documents, apart from their schemas, which take long to load.

/** Bumped when a reader of the previous version could misread a document; additions that old readers may ignore keep it. */
export const REPORT_SCHEMA_VERSION = 2;

/** How a run can end. */
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

/** What is timed. The values of `kind`. */
export const TIMED_KINDS = ['forward', 'gradient', 'ggnProduct', 'innerIteration', 'step'] as const;
export type TimedKind = (typeof TIMED_KINDS)[number];

/** By what trials are ranked. */
export const TUNING_CRITERIA = [
  'final-validation-loss',
  'best-validation-loss',
  'final-validation-accuracy',
  'iterations-to-target',
  'seconds-to-target',
  'gradient-equivalents-to-target',
] as const;
export type TuningCriterion = (typeof TUNING_CRITERIA)[number];

/** What two contestants are compared by. */
export const TUNING_MEASURES = ['testLoss', 'iterations', 'seconds', 'gradientEquivalents'] as const;
export type TuningMeasure = (typeof TUNING_MEASURES)[number];

export const HISTORY_REPORT_FORMAT = 'gaussmark-history-report';

/** Bumped when a reader of the previous version could misread a document; additions that old readers may ignore keep it. */
export const HISTORY_REPORT_SCHEMA_VERSION = 1;

/**
 * What a change means: worse, better, or, where neither direction is better (operator counts, say), just another number,
 * which wants an explanation.
 */
export const CHANGE_VERDICTS = ['regression', 'improvement', 'change'] as const;
export type ChangeVerdict = (typeof CHANGE_VERDICTS)[number];

/** A number as the document holds it: itself if finite, else null. */
export const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
