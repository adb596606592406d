// The words that manifests, problems and profiles share: kinds, tasks, losses, dtypes.

export const PLUGIN_KINDS = ['optimizer', 'model', 'dataset', 'engine'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

export const TASKS = ['regression', 'classification'] as const;

export const LOSSES = ['squaredError', 'softmaxCrossEntropy'] as const;
export type LossName = (typeof LOSSES)[number];

/** What the mean training loss of an epoch weighs alike: examples, or mini-batches however few examples the last one has. */
export const TRAIN_LOSS_MEANS = ['examples', 'batches'] as const;
export type TrainLossMean = (typeof TRAIN_LOSS_MEANS)[number];

export const FLOAT_DTYPES = ['float32', 'float64'] as const;

/** A hyperparameter's name: an identifier. */
export const HYPERPARAMETER_NAME = '^[A-Za-z][A-Za-z0-9]*$';
