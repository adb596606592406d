// The words that manifests, problems and profiles share: kinds, tasks, losses, dtypes.

export const PLUGIN_KINDS = ['optimizer', 'model', 'dataset', 'engine'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

export const TASKS = ['regression', 'classification'] as const;

export const LOSSES = ['squaredError', 'softmaxCrossEntropy'] as const;
export type LossName = (typeof LOSSES)[number];

export const FLOAT_DTYPES = ['float32', 'float64'] as const;

/** A hyperparameter's name: an identifier. */
export const HYPERPARAMETER_NAME = '^[A-Za-z][A-Za-z0-9]*$';
