// Names shared by manifests, problems and profiles: kinds, tasks, losses, dtypes.

export const PLUGIN_KINDS = Object.freeze(['optimizer', 'model', 'dataset', 'engine'] as const);
export type PluginKind = (typeof PLUGIN_KINDS)[number];

export const TASKS = Object.freeze(['regression', 'classification'] as const);
export type Task = (typeof TASKS)[number];

export const LOSSES = Object.freeze(['squaredError', 'softmaxCrossEntropy'] as const);
export type LossName = (typeof LOSSES)[number];

/** What the mean training loss of an epoch weights equally: examples, or mini-batches (the last may be smaller). */
export const TRAIN_LOSS_MEANS = Object.freeze(['examples', 'batches'] as const);
export type TrainLossMean = (typeof TRAIN_LOSS_MEANS)[number];

export const FLOAT_DTYPES = Object.freeze(['float32', 'float64'] as const);

/** A hyperparameter's name: an identifier. */
export const HYPERPARAMETER_NAME = '^[A-Za-z][A-Za-z0-9]*$';
