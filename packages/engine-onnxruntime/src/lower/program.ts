// Lowers whole programs: a tensor program becomes an ONNX model.

import { create, toBinary } from '@bufbuild/protobuf';
import {
  type Atom,
  Constant,
  type Equation,
  formatType,
  type Primitive,
  type Program,
  type TensorValue,
  Variable,
} from '@gaussmark/autodiff';
import { ModelProtoSchema } from 'onnx-buf';
import { Graph, ModelNames } from '../onnx/graph.js';
import { sequenceInfo, tensorProto, valueInfo } from '../onnx/proto.js';
import { IR_VERSION, OPSET } from '../onnx/version.js';
import type { LowerProgram } from './control-flow.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { loweringTable, type Target } from './table.js';
import { WEBGPU_FORMS } from './webgpu.js';

export interface LoweringOptions {
  /** Names of inputs and outputs; default `input_0`, ..., `output_0`, .... */
  readonly names?: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  /** Values of inputs, by name: constants of the model instead of inputs. */
  readonly values?: Readonly<Record<string, TensorValue>>;
  /** Notes, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Name of an extra first output that is not a tensor (an empty sequence). */
  readonly sequenceOutput?: string;
  /** Default `any`. */
  readonly target?: Target;
  /** Channels in a block of ONNX Runtime's direct kernels; by default only standard operators are used. */
  readonly channelBlock?: number | undefined;
  /** Names of an extra float32 scalar input and of its negative as an output, both after all others. */
  readonly fence?: { readonly input: string; readonly output: string };
}

/** Where a node comes from, for errors and profiles. */
export interface Origin {
  /** Index of the equation in its program. */
  readonly index: number;
  readonly primitive: Primitive;
  /** `matmul(float32[2,3], float32[3,4]) -> float32[2,4]` */
  readonly text: string;
  /** The program: `''` is the outermost, `while_3/body/` the body of the loop in its equation 3. */
  readonly path: string;
}

export interface Model {
  /** The serialized ModelProto; equal for equal programs. */
  readonly bytes: Uint8Array;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Equations by the names of their nodes. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The ONNX model of a program, in standard operators. */
export function lowerProgram(program: Program, options: LoweringOptions = {}): Model {
  const { target = 'any', channelBlock, fence, values = {}, metadata = {} } = options;
  const names = new ModelNames(target === 'webgpu' ? WEBGPU_FORMS : {}, channelBlock);
  const inputNames = options.names?.inputs ?? program.inputs.map((_, i) => `input_${i}`);
  const outputNames = options.names?.outputs ?? program.outputs.map((_, i) => `output_${i}`);
  for (const name of [...inputNames, ...outputNames]) names.claim(name);

  const graph = new Graph(names);
  const lowerer = new Lowerer(target);
  lowerer.lower(program, inputNames, graph, outputNames);

  for (const [name, { type, data }] of Object.entries(values))
    names.initializers.push(tensorProto(name, type.dtype, type.shape, data));
  const inputs = program.inputs.flatMap((input, i) =>
    inputNames[i]! in values ? [] : [valueInfo(inputNames[i]!, input.type)],
  );
  const outputs = program.outputs.map((output, i) => valueInfo(outputNames[i]!, output.type));
  if (options.sequenceOutput !== undefined) {
    const name = names.claim(options.sequenceOutput);
    graph.begin('sequence');
    graph.emptySequence(name);
    outputs.unshift(sequenceInfo(name));
  }
  if (fence !== undefined) {
    const type = { dtype: 'float32', shape: [] } as const;
    const [input, output] = [names.claim(fence.input), names.claim(fence.output)];
    graph.begin('fence');
    graph.rename(graph.node('Neg', [input]), output, 0);
    inputs.push(valueInfo(input, type));
    outputs.push(valueInfo(output, type));
  }
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    opsetImport: [
      { domain: '', version: BigInt(OPSET) },
      ...[...names.domains].map((domain) => ({ domain, version: 1n })),
    ],
    producerName: 'gaussmark',
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: graph.finish('program', inputs, outputs, names.initializers),
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputNames, outputNames, origins: lowerer.origins };
}

class Lowerer {
  private readonly table: LoweringTable;

  constructor(target: Target) {
    this.table = loweringTable((...call) => this.lower(...call), target);
  }

  readonly origins = new Map<string, Origin>();

  readonly lower: LowerProgram = (program, inputs, graph, results) => {
    const values = new Map<Variable, string>(program.inputs.map((input, i) => [input, inputs[i]!]));
    const nameOf = (atom: Atom): string =>
      atom instanceof Constant
        ? graph.constant(atom.type.dtype, atom.type.shape, atom.data)
        : values.get(atom)!;
    const wanted = wantedNames(program, results);
    for (const [index, equation] of program.equations.entries()) {
      const label = `${equation.primitive}_${index}`;
      this.origins.set(`${graph.path}${label}`, originOf(equation, index, graph.path));
      const mark = graph.begin(label);
      const outputs = this.equation(equation, equation.inputs.map(nameOf), graph);
      for (const [i, output] of equation.outputs.entries()) {
        const name = wanted.get(output);
        const renamed = name !== undefined && graph.rename(outputs[i]!, name, mark);
        values.set(output, renamed ? name : outputs[i]!);
      }
    }
    return finishResults(program.outputs.map(nameOf), graph, results);
  };

  private equation(equation: Equation, inputs: readonly string[], graph: Graph): readonly string[] {
    const lowering = this.table[equation.primitive] as Lowering<Primitive>;
    const types = equation.inputs.map((input) => input.type);
    const outputs = lowering({ graph, inputs, types, params: equation.params, equation });
    return typeof outputs === 'string' ? [outputs] : outputs;
  }
}

/** Result names to give to variables from the start. */
function wantedNames(program: Program, results: 'any' | 'fresh' | readonly string[]): Map<Variable, string> {
  const wanted = new Map<Variable, string>();
  if (typeof results === 'string') return wanted;
  for (const [i, output] of program.outputs.entries()) {
    if (output instanceof Variable && !wanted.has(output)) wanted.set(output, results[i]!);
  }
  return wanted;
}

function finishResults(
  values: readonly string[],
  graph: Graph,
  results: 'any' | 'fresh' | readonly string[],
): readonly string[] {
  if (results === 'any') return values;
  const used = new Set<string>();
  return values.map((value, i) => {
    const name = results === 'fresh' ? undefined : results[i]!;
    const ready = graph.computes(value) && !used.has(value) && (name === undefined || value === name);
    used.add(value);
    if (ready) return value;
    graph.begin(`result_${i}`);
    return graph.copy(value, name);
  });
}

function originOf(equation: Equation, index: number, path: string): Origin {
  const types = (atoms: readonly Atom[]) => atoms.map((atom) => formatType(atom.type)).join(', ');
  const text = `${equation.primitive}(${types(equation.inputs)}) -> ${types(equation.outputs)}`;
  return { index, primitive: equation.primitive, text, path };
}
