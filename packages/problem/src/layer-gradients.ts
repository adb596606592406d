// The inputs of every shared layer and the gradients at its pre-activation, for any network made of these layers.

import {
  add,
  linearize,
  type Pair,
  reshape,
  sizeOf,
  stopGradient,
  type Tensor,
  type TensorType,
  trace,
  transpose,
  tree,
  valueAndGrad,
  zeros,
  zerosLike,
} from '@gaussmark/autodiff';
import type { Layer, LayeredProblem, Network, Params } from './contract.js';
import { type LayerUse, withTap } from './layers.js';
import { patches } from './patches.js';

/** What a trace of the network tells about a layer. */
type FoundLayer = Pick<Layer, 'path' | 'weight' | 'bias' | 'preActivationShape'> & {
  readonly type: TensorType;
  readonly how: { readonly kind: 'dense' } | Pick<Extract<LayerUse, { kind: 'conv' }>, 'kind' | 'options'>;
  /** Height and width of a convolution's filters. */
  readonly window: Pair;
};

// A zero is added to every pre-activation z: the derivative with respect to that zero is the gradient at z. The zeros leave the program,
// so the forward pass is the ordinary one, and shared with it.
export function layersOf(
  network: Network,
  lossOf: (outputs: Tensor) => Tensor,
  x: Tensor,
  params: Params,
): LayeredProblem {
  const found = findLayers(network, params, x);
  const { value, vjp } = linearize(
    (perturbations: readonly Tensor[]) => {
      const inputs: Tensor[] = [];
      const outputs = withTap(
        ({ inputs: a }, z) => {
          inputs.push(stopGradient(a));
          return add(z, perturbations[inputs.length - 1]!);
        },
        () => network.apply(params as never, x),
      );
      return { outputs, inputs: inputs as readonly Tensor[] };
    },
    found.map(({ type }) => zeros(type.shape, type.dtype)),
  );
  const { outputs, inputs } = value;
  const { value: loss, grad: outputGradient } = valueAndGrad(lossOf)(outputs);
  return {
    loss,
    outputs,
    outputGradient,
    layers: found.map((layer, i) => layerOf(layer, inputs[i]!)),
    backward: (u) => vjp({ outputs: u, inputs: inputs.map(zerosLike) }),
  };
}

/** Runs the network once on tensors of the same types, only to see its layers. */
function findLayers(network: Network, params: Params, x: Tensor): readonly FoundLayer[] {
  const structure = tree.structureOf(params);
  const paths = tree.paths(structure);
  const types = tree.leaves<Tensor>(params).map(({ type }) => type);
  const found: FoundLayer[] = [];
  trace(
    (leaves: readonly Tensor[], inputs: Tensor) => {
      const home = inputs.builder;
      const pathOf = (tensor: Tensor | undefined) =>
        tensor === undefined ? null : (paths[leaves.indexOf(tensor)] ?? null);
      return withTap(
        (use, z) => {
          const weight = pathOf(use.params.weight);
          const path = weight?.split('.').slice(0, -1).join('.') ?? '';
          if (z.builder !== home) throw nested(weight);
          const how = use.kind === 'conv' ? { kind: use.kind, options: use.options } : { kind: use.kind };
          const bias = pathOf(use.params.bias);
          const window = use.params.weight.shape.slice(2) as unknown as Pair;
          found.push({ path, weight, bias, preActivationShape: z.shape, type: z.type, how, window });
          return z;
        },
        () => network.apply(tree.unflatten(structure, leaves) as never, inputs),
      );
    },
    types,
    x.type,
  );
  return found;
}

function nested(weight: string | null): TypeError {
  const which = weight === null ? 'a layer' : `the layer of '${weight}'`;
  return new TypeError(
    `layers: ${which} runs inside a loop, a branch or a nested transformation of the model, where its gradient cannot be read; ` +
      'apply it outside, to all positions at once',
  );
}

function layerOf({ how, window, type: _, ...layer }: FoundLayer, inputs: Tensor): Layer {
  const common = {
    ...layer,
    inputs,
    inputRows() {
      if (how.kind === 'dense') return rowsOfLast(inputs);
      const { groups: _, ...windows } = how.options;
      return rowsOfLast(patches(inputs, window, windows));
    },
    gradientRows: (gradient: Tensor) =>
      rowsOfLast(how.kind === 'dense' ? gradient : transpose(gradient, [0, 2, 3, 1])),
  };
  return { ...common, ...how };
}

/** (..., n) -> (rows, n) */
function rowsOfLast(x: Tensor): Tensor {
  const width = x.shape.at(-1)!;
  return reshape(x, [sizeOf(x.shape) / width, width]);
}
