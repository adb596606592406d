// Parameters by group: pieces for some of them, and different rules for different groups.

import { type Tensor, type Tree, tree } from '@gaussmark/autodiff';
import type { GradientTransformation, TransformationState } from './transformation.js';

/** What decides about a parameter; `context.parameters` has one for each, in the order of the leaves. */
export interface DescribedParameter {
  /** `layers.0.weight` */
  readonly path: string;
}

/**
 * A piece for the parameters that `includes` accepts; the updates of the others pass through unchanged. The piece sees the chosen
 * leaves as an array, and keeps state only for them.
 *
 * @param parameters one for each leaf of the parameters, in order: `context.parameters`
 * @throws RangeError in `init` or `update` if the parameters have another number of leaves
 * @example
 * // Weight decay for matrices and kernels, but not for biases, gains and embeddings.
 * masked(addDecayedWeights(0.1), context.parameters, ({ role }) => role === 'weight' || role === 'kernel');
 * const rule = masked(scale(0), [{ path: 'w', role: 'weight' }, { path: 'b', role: 'bias' }], ({ role }) => role === 'bias');
 * const updates = { w: iota(3, 'float64'), b: iota(2, 'float64') };
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 1, 2], b: [0, 0] }
 * @see Optax's `masked`
 */
export function masked<S, P extends DescribedParameter>(
  piece: GradientTransformation<S>,
  parameters: readonly P[],
  includes: (parameter: P) => boolean,
): GradientTransformation<S | Record<never, never>> {
  const indices = parameters.flatMap((parameter, i) => (includes(parameter) ? [i] : []));
  // A piece need not work without leaves: a norm over none has no dtype.
  if (indices.length === 0) return { init: () => ({}), update: (updates) => ({ updates, state: {} }) };
  const chosen = (values: Tree<Tensor>) => pick(leavesOf('masked', values, parameters), indices);
  return {
    init: (params) => piece.init(chosen(params)),
    update(updates, state, params) {
      const result = piece.update(chosen(updates), state as S, chosen(params));
      const merged = [...leavesOf('masked', updates, parameters)];
      for (const [i, leaf] of tree.leaves<Tensor>(result.updates).entries()) merged[indices[i]!] = leaf;
      return { updates: tree.unflatten(tree.structureOf(updates), merged), state: result.state };
    },
  };
}

/** The state of each group that has parameters, by the group's name. */
export type PartitionState = { readonly [group: string]: TransformationState };

/**
 * A rule for each group of parameters: Muon here, Adam there. Each rule sees its leaves as an array. A group without parameters is
 * left out.
 *
 * @param parameters one for each leaf of the parameters, in order: `context.parameters`
 * @param groupOf the name of a parameter's group, a key of `rules`
 * @throws RangeError if a group has no rule, and in `init` or `update` if the parameters have another number of leaves
 * @example
 * partition(context.parameters, ({ role }) => (role === 'weight' ? 'matrices' : 'others'), {
 *   matrices: chain(scaleByMuon(), scale(0.02)),
 *   others: chain(scaleByAdam(), scale(3e-4)),
 * });
 * const rules = { weights: scale(2), biases: scale(3) };
 * const parameters = [{ path: 'w', role: 'weight' }, { path: 'b', role: 'bias' }];
 * const rule = partition(parameters, ({ role }) => (role === 'bias' ? 'biases' : 'weights'), rules);
 * const updates = { w: iota(2, 'float64'), b: iota(2, 'float64') };
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 2], b: [0, 3] }
 * @see Optax's `partition`
 */
export function partition<P extends DescribedParameter, G extends string>(
  parameters: readonly P[],
  groupOf: (parameter: P) => G,
  rules: { readonly [group in G]: GradientTransformation },
): GradientTransformation<PartitionState> {
  const names = parameters.map(groupOf);
  const unknown = names.findIndex((name) => !Object.hasOwn(rules, name));
  if (unknown >= 0) {
    throw new RangeError(
      `partition: '${parameters[unknown]!.path}' is in the group '${names[unknown]}', which has no rule; there are ${Object.keys(rules).join(', ')}`,
    );
  }
  const groups = (Object.entries(rules) as [G, GradientTransformation][]).flatMap(([name, rule]) => {
    const indices = names.flatMap((other, i) => (other === name ? [i] : []));
    return indices.length === 0 ? [] : [{ name, rule, indices }];
  });
  return {
    init(params) {
      const leaves = leavesOf('partition', params, parameters);
      return Object.fromEntries(
        groups.map(({ name, rule, indices }) => [name, rule.init(pick(leaves, indices))]),
      );
    },
    update(updates, state, params) {
      const [from, at] = [
        leavesOf('partition', updates, parameters),
        leavesOf('partition', params, parameters),
      ];
      const merged = [...from];
      const states = groups.map(({ name, rule, indices }) => {
        const result = rule.update(pick(from, indices), state[name]!, pick(at, indices));
        for (const [i, leaf] of tree.leaves<Tensor>(result.updates).entries()) merged[indices[i]!] = leaf;
        return [name, result.state] as const;
      });
      return {
        updates: tree.unflatten(tree.structureOf(updates), merged),
        state: Object.fromEntries(states),
      };
    },
  };
}

const pick = (leaves: readonly Tensor[], indices: readonly number[]): readonly Tensor[] =>
  indices.map((i) => leaves[i]!);

function leavesOf(
  name: string,
  values: Tree<Tensor>,
  parameters: readonly DescribedParameter[],
): readonly Tensor[] {
  const leaves = tree.leaves<Tensor>(values);
  if (leaves.length === parameters.length) return leaves;
  throw new RangeError(
    `${name}: ${parameters.length} parameters are described, but there are ${leaves.length}; pass context.parameters`,
  );
}
