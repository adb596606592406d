// A loss as a number: that of a small network after a step with its gradient and Hessian.

import type { Loss, ManifestOf, ModelPlugin } from '@gaussmark/core';
import { observeModel } from './observe-model.js';
import type { Observed } from './outcome.js';
import { tinyDataFor, tinyModel } from './tiny-problem.js';

/**
 * The loss of a small network after a step with its gradient and Hessian.
 *
 * @internal
 */
export function observeLoss(loss: Loss): Observed {
  const data = tinyDataFor(loss.task);
  const plugin: ModelPlugin = { create: () => tinyModel(data) };
  return observeModel(plugin, {} as ManifestOf<'model'>, {}, data, loss);
}
