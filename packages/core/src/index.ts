// What a Gaussmark plugin is: contracts, manifests, hyperparameters, selections, discovery.

export {
  type AffineParams,
  addPerChannel,
  type Batch,
  bindProblem,
  type ChunkOptions,
  type CurvatureFactor,
  convolution,
  convolve,
  curvatureFactor,
  type Distribution,
  dense,
  type Layer,
  type LayeredProblem,
  type LinearizedProblem,
  type LinearParams,
  type Loss,
  losses,
  type Network,
  type Params,
  type PerExample,
  type Problem,
  patches,
  perChannel,
  rowFactor,
  rowsOf,
} from '@gaussmark/problem';
export { BOUNDS, type Bound, describeBound, isWithin, shortNumber } from './bounds.js';
export { cacheDirectory } from './cache-directory.js';
export { initContext, optimizerContext, stepContext } from './contexts.js';
export type * from './contracts/dataset.js';
export type * from './contracts/engine.js';
export type * from './contracts/model.js';
export type * from './contracts/optimizer.js';
export { PARAMETER_ROLES, type ParameterInfo, type ParameterRole } from './contracts/parameters.js';
export { type DecodeOptions, decodeText } from './decode-text.js';
export { defined } from './defined.js';
export { demandAtMost } from './demand-at-most.js';
export { type DiscoveryOptions, discover } from './discovery.js';
export { escapeInvisible, oneLine, shorten } from './display-text.js';
export {
  didYouMean,
  type ErrorDetails,
  formatIssue,
  GaussmarkError,
  type Issue,
  Mismatch,
  nearest,
} from './errors.js';
export { type FittedModel, fitModel, type SquaredErrors } from './fit-model.js';
export { homeDirectory, valueWithoutHome, withHome, withoutHome } from './home-paths.js';
export { completeHyperparameters, defaultsOf, type HyperparameterValues } from './hyperparameters.js';
export { canonicalJson, formatValue, isRecord, type JsonSchema, type JsonValue } from './json.js';
export { manifestIssues, parseManifest } from './manifest.js';
export type {
  Hyperparameter,
  InnerLoop,
  Iteration,
  Manifest,
  ManifestOf,
  SearchDimension,
} from './manifest-schema.js';
export { codeSpan, escapeMarkdown, markdownTable } from './markdown-text.js';
export { type CreatedKind, demandMembers } from './members.js';
export { parametersOf } from './parameters.js';
export { type Choice, type ChosenPlugin, choosePlugins, demandNoContradiction } from './plugin-choice.js';
export { isFile, type PluginSource } from './plugin-packages.js';
export { installPluginHooks, ownEntries } from './plugin-resolution.js';
export { isPath, plainPath } from './problem-grammar.js';
export {
  lossFor,
  type ProblemDefinitions,
  type ProblemOverrides,
  type ResolvedProblem,
  resolveProblems,
} from './problem-text.js';
export { parseProblem, parseProfile } from './problems.js';
export type { ProblemDefinition, ProblemTargets, ProfileDefinition, ProfileRun } from './problems-schema.js';
export { parsePublishedResults } from './published-results.js';
export type {
  PublishedConfiguration,
  PublishedProblem,
  PublishedResults,
} from './published-results-schema.js';
export {
  decimal,
  formatInterval,
  type Goals,
  type Interval,
  parseBytes,
  parseGoals,
  parseInterval,
  parseSeconds,
  parseShard,
  parseWithin,
  type ReachablePoint,
  reaches,
  type Shard,
} from './quantities.js';
export { type BrokenPlugin, type PluginEntry, type PluginOf, Registry } from './registry.js';
export { type DisposableBuffer, demandDistinct, ownBuffers } from './run-buffers.js';
export { describeSchema } from './schema-words.js';
export { parseSeeds, seedsOf } from './seeds.js';
export { demandFewRuns, selectedPoints } from './selected-points.js';
export {
  expandGrid,
  formatSelection,
  parseChangedSelection,
  parseSelection,
  parseSelections,
  type SelectedPoint,
  type Selection,
  splitSelections,
} from './selection.js';
export { formatSelectionValue, SelectionReader } from './selection-values.js';
export { sourceHash } from './source-hash.js';
export { type JsonSource, parseJson } from './strict-json.js';
export {
  DEFINITION_LIMIT,
  type FileOptions,
  isMissingFile,
  readJson,
  readRegularFile,
  readText,
} from './text-file.js';
export { describeThrown, gaussmarkErrorOf, isOwnPlace, type ThrownDescription } from './thrown.js';
export { builtValidator, schemaIssues, type Validator, validator } from './validation.js';
export {
  FLOAT_DTYPES,
  LOSSES,
  type LossName,
  PLUGIN_KINDS,
  type PluginKind,
  TASKS,
  type Task,
  TRAIN_LOSS_MEANS,
  type TrainLossMean,
} from './vocabulary.js';
export { requireWritable, requireWritableFile } from './writable.js';
export {
  type Content,
  type FileSystem,
  flushDirectory,
  isFull,
  makeDirectory,
  type ReplaceOptions,
  removeEmptyDirectories,
  replaceFile,
  replaceFiles,
  StorageError,
  storageError,
  writeAll,
} from './writing.js';
