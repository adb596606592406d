// What a Gaussmark plugin is: contracts, manifests, hyperparameters, selections, discovery.

export type * from './contracts/dataset.js';
export type * from './contracts/engine.js';
export type * from './contracts/model.js';
export type * from './contracts/optimizer.js';
export { didYouMean, type ErrorDetails, formatIssue, GaussmarkError, type Issue, nearest } from './errors.js';
export { completeHyperparameters, defaultsOf, type HyperparameterValues } from './hyperparameters.js';
export { canonicalJson, formatValue, type JsonSchema, type JsonValue } from './json.js';
export { manifestIssues, parseManifest } from './manifest.js';
export {
  type Hyperparameter,
  type Manifest,
  type ManifestOf,
  ManifestSchema,
  type SearchDimension,
} from './manifest-schema.js';
export { PUBLISHED_SCHEMAS } from './published-schemas.js';
export { describeSchema } from './schema-words.js';
export {
  expandGrid,
  formatSelection,
  parseSelection,
  parseSelections,
  parseValue,
  type SelectedPoint,
  type Selection,
} from './selection.js';
export { schemaIssues, type Validator, validator } from './validation.js';
export { FLOAT_DTYPES, LOSSES, type LossName, PLUGIN_KINDS, type PluginKind, TASKS } from './vocabulary.js';
