// Checks what an optimizer's functions return.

import { formatType, sameType, type Tensor, type TensorType, type Tree, tree } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';

/**
 * The leaves of a value that must have given types, in their order.
 *
 * @param by `the optimizer's step`
 * @param what it returned: `params`
 * @throws GaussmarkError if the structure or a type differs
 */
export function returned(by: string, what: string, value: Tree<Tensor>, given: Tree<TensorType>): Tensor[] {
  const structure = tree.structureOf(given);
  const types = tree.leaves<TensorType>(given);
  let flat: Tensor[];
  try {
    flat = tree.leaves<Tensor>(value, structure);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GaussmarkError(`${by} returned ${what} of another structure: ${reason}`);
  }
  const wrong = flat.findIndex((tensor, i) => !sameType(tensor.type, types[i]!));
  if (wrong >= 0) {
    const path = tree.paths(structure)[wrong]!;
    throw new GaussmarkError(
      `${by} changed the type of ${path === '' ? what : `${what}.${path}`} from ` +
        `${formatType(types[wrong]!)} to ${formatType(flat[wrong]!.type)}`,
    );
  }
  return flat;
}
