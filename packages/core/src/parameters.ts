// The parameters of a model by path, shape and role.

import { type Shape, type TensorType, type Tree, tree } from '@gaussmark/autodiff';
import type { Model } from './contracts/model.js';
import { PARAMETER_ROLES, type ParameterInfo, type ParameterRole } from './contracts/parameters.js';
import { didYouMean, GaussmarkError } from './errors.js';

/**
 * The parameters of a model, in the order of `tree.leaves(params)`. A role that the model does not declare is inferred from name and shape:
 *
 * | role        | by name                                                               | by shape                     |
 * | ----------- | --------------------------------------------------------------------- | ---------------------------- |
 * | `bias`      | bias, b, shift, beta, offset                                          | at most one axis             |
 * | `gain`      | scale, gain, gamma; weight, if it has at most one axis                | at most one axis             |
 * | `head`      | below or called head, output, logits, classifier                      | two axes or more             |
 * | `embedding` | below or called tokens, positions, embedding, tokenEmbedding, ...     | two axes                     |
 * | `kernel`    | any                                                                   | three axes or more           |
 * | `weight`    | any                                                                   | two axes                     |
 * | `other`     | everything else                                                       |                              |
 *
 * @param params the tree of its parameters' types
 * @param name of the model, for errors
 * @throws GaussmarkError if the model gives a role to a parameter that it does not have, or one that does not exist
 * @example
 * const params = { hidden: { bias: tensorType('float32', [2]) }, head: tensorType('float32', [2, 1]) };
 * parametersOf({}, params).map(({ path, role }) => [path, role]); // = [['hidden.bias', 'bias'], ['head', 'head']]
 */
export function parametersOf(
  model: Pick<Model, 'roles'>,
  params: Tree<TensorType>,
  name = 'model',
): readonly ParameterInfo[] {
  const paths = tree.paths(tree.structureOf(params));
  const declared = model.roles?.() ?? {};
  for (const [path, role] of Object.entries(declared)) demandRole(path, role, paths, name);
  return tree.leaves<TensorType>(params).map(({ shape }, i) => {
    const path = paths[i]!;
    return { path, shape, role: declared[path] ?? inferredRole(path, shape) };
  });
}

const BIAS = /^(bias|b|shift|beta|offset)$/i;
const GAIN = /^(scale|gain|gamma|weight)$/i;
const HEAD = /^(head|output|logits|classifier)$/i;
const EMBEDDING = /^(tokens|positions|\w*embeddings?)$/i;

function inferredRole(path: string, { length: axes }: Shape): ParameterRole {
  const names = path.split('.');
  const last = names.at(-1)!;
  if (axes <= 1) return BIAS.test(last) ? 'bias' : GAIN.test(last) ? 'gain' : 'other';
  if (names.some((name) => HEAD.test(name))) return 'head';
  if (axes > 2) return 'kernel';
  return names.some((name) => EMBEDDING.test(name)) ? 'embedding' : 'weight';
}

function demandRole(path: string, role: string, paths: readonly string[], name: string): void {
  const plugin = `model '${name}'`;
  if (!paths.includes(path)) {
    throw new GaussmarkError(`roles(): there is no parameter '${path}'${didYouMean(path, paths)}`, {
      plugin,
      expected: paths.join(', '),
      got: path,
    });
  }
  if ((PARAMETER_ROLES as readonly string[]).includes(role)) return;
  throw new GaussmarkError(
    `roles(): '${path}' has the unknown role '${role}'${didYouMean(role, PARAMETER_ROLES)}`,
    {
      plugin,
      expected: PARAMETER_ROLES.join(', '),
      got: role,
    },
  );
}
