// What a dataset requires of a network: the shape of its outputs and the form of its inputs.

import type { Shape } from '@gaussmark/autodiff';
import type { DatasetSpec, Incompatible } from '@gaussmark/core';

/**
 * The shape of the outputs for one example: that of the target, plus a class axis for a classification.
 */
export function outputShape({
  task,
  target,
  classes,
}: DatasetSpec): { readonly shape: Shape } | Incompatible {
  switch (task) {
    case 'regression':
      return { shape: target.shape };
    case 'classification':
      return classes === undefined
        ? { incompatible: 'the dataset does not declare its number of classes' }
        : { shape: [...target.shape, classes] };
    default:
      return task satisfies never;
  }
}

/** Why a network that computes with its inputs cannot accept them: they are tokens. */
export function demandFloats({ input }: DatasetSpec): Incompatible | undefined {
  if (input.vocabulary === undefined) return undefined;
  const incompatible = `its inputs are tokens (vocabulary of ${input.vocabulary}); use model 'transformer'`;
  return { incompatible };
}

/** The shape of an image, [channels, height, width]. */
export function imageShape(
  spec: DatasetSpec,
): { readonly shape: readonly [number, number, number] } | Incompatible {
  const tokens = demandFloats(spec);
  if (tokens !== undefined) return tokens;
  const { shape } = spec.input;
  if (shape.length === 3) return { shape: shape as readonly [number, number, number] };
  const incompatible = `expected images [channels, height, width], got [${shape.join(', ')}]`;
  return { incompatible: `${incompatible}; model 'mlp' accepts inputs of any shape` };
}
