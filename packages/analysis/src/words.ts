// Numbers and results in words, for Node and for browsers: nothing here may import a module of Node.

export { CLOCK_WORDS, CLOCKS, type Clock, formatClock } from './clock.js';
export type { Contest, ContestEntry, Verdict } from './contest.js';
export {
  formatBytes,
  formatCommand,
  formatCount,
  formatDate,
  formatEstimate,
  formatFactor,
  formatNumber,
  formatPercent,
  formatQuantity,
  formatRange,
  formatResultRatio,
  formatSeconds,
  formatStatuses,
  isExtreme,
  NOTHING,
  valueWords,
} from './format.js';
export {
  type Changed,
  type CommitOfChanges,
  changesByNight,
  historySummary,
  inOrderOfInterest,
  sinceWords,
} from './history/overview.js';
export {
  currentValue,
  dayOf,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  formatRelative,
  isOpen,
  lastChange,
  measureTitle,
  nightWords,
  shortCommit,
  verdictWords,
} from './history/words.js';
export { iterationWords } from './iteration-words.js';
export { batchSizeWords, trainLossWords } from './problem-words.js';
export {
  type Evidence,
  formatP,
  SEPARATION_WORDS,
  type Separation,
  SIGNIFICANT,
  seedsNeeded,
  separationOf,
} from './separation.js';
export { STARTS_WORDS } from './starts.js';
export { goalWords, targetSentence } from './target-words.js';
export {
  type ColumnOf,
  estimateCell,
  filledColumns,
  joinCell,
  type NotedTable,
  nameColumn,
  numberCell,
  numberColumn,
  shareCell,
  type TextCell,
  type TextColumn,
  type TextTable,
  textCell,
  textColumn,
  textTable,
  withoutColumn,
  withoutIntervals,
} from './text-table.js';
export { CRITERIA, formatShare } from './tuning-criteria.js';
export { badgeOf, endWords, UNEQUAL, VERDICT_WORDS, verdictOf } from './verdict.js';
