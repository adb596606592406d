// Graphs under construction: nodes with unique names, and initializers shared across the model.

import type { DType, Shape, TensorData } from '@gaussmark/autodiff';
import {
  type AttributeValue,
  attributeProto,
  type ElementData,
  type ElementType,
  type GraphInit,
  type NodeInit,
  type TensorInit,
  tensorProto,
  type ValueInfoInit,
} from './proto.js';

/** Initializers up to this size are shared by value, larger ones by identity of their storage. */
const MAX_COMPARED_BYTES = 256;

/** Replaces an operator that has no kernel on the target; returns the name of the result. */
export type OperatorForm = (
  graph: Graph,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>>,
) => string;

/** ONNX Runtime's own operators on blocks of channels. */
export const BLOCK_DOMAIN = 'com.microsoft.nchwc';

/** State shared by the graphs of a model: names in use, initializers, replaced operators. */
export class ModelNames {
  /**
   * @param forms by the operators they replace
   * @param channelBlock channels in a block of ONNX Runtime's direct kernels; undefined for a model in standard operators
   */
  constructor(
    readonly forms: Readonly<Record<string, OperatorForm>> = {},
    readonly channelBlock?: number,
  ) {}

  /** Domains of the operators beyond the standard's. */
  readonly domains = new Set<string>();

  private readonly taken = new Set<string>();
  readonly initializers: TensorInit[] = [];
  private readonly byValue = new Map<string, string>();
  private readonly byStorage = new Map<ElementData, { readonly shape: string; readonly name: string }[]>();

  /** Claims a name, with a suffix if it is taken. ONNX requires unique names across nested graphs. */
  claim(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** The name of an initializer with this value. */
  initializer(dtype: ElementType, shape: Shape, data: ElementData): string {
    const key = `${dtype}[${shape.join(',')}]`;
    if (data.byteLength > MAX_COMPARED_BYTES) return this.large(key, dtype, shape, data);
    // Compare bytes, not numbers: -0 is not 0.
    const bytes = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    const value = `${key} ${bytes.toString('base64')}`;
    let name = this.byValue.get(value);
    if (name === undefined) {
      name = this.add(dtype, shape, data);
      this.byValue.set(value, name);
    }
    return name;
  }

  private large(key: string, dtype: ElementType, shape: Shape, data: ElementData): string {
    const known = this.byStorage.get(data) ?? [];
    const same = known.find((entry) => entry.shape === key);
    if (same !== undefined) return same.name;
    const name = this.add(dtype, shape, data);
    this.byStorage.set(data, [...known, { shape: key, name }]);
    return name;
  }

  private add(dtype: ElementType, shape: Shape, data: ElementData): string {
    const name = this.claim(`constant_${this.initializers.length}`);
    this.initializers.push(tensorProto(name, dtype, shape, data));
    return name;
  }
}

/**
 * A graph: the model's own, or the body of a loop or branch, which sees the names of the enclosing graphs. Nodes are named after
 * their equations: `matmul_3`, `while_7/body/add_2`, and for additional nodes `isFinite_4#1`. A node's result has the
 * node's name.
 */
export class Graph {
  private readonly nodes: NodeInit[] = [];
  private readonly computed = new Set<string>();
  private label = '';
  private emitted = 0;

  constructor(
    readonly names: ModelNames,
    /** Prefix of this graph's node names: '' or ending in a slash. */
    readonly path = '',
  ) {}

  /** Attributes the following nodes to an equation. Returns a mark for {@link rename}. */
  begin(label: string): number {
    this.label = `${this.path}${label}`;
    this.emitted = 0;
    return this.nodes.length;
  }

  /** The path of graphs nested in the current equation. */
  nestedPath(part: string): string {
    return `${this.label}/${part}/`;
  }

  /** Adds a node with one output; returns the output's name. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const form = this.names.forms[operator];
    if (form !== undefined) return form(this, inputs, attributes);
    return this.nodeWithOutputs(operator, inputs, attributes, 1)[0]!;
  }

  /** Adds a node of {@link BLOCK_DOMAIN}. */
  blockNode(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    this.names.domains.add(BLOCK_DOMAIN);
    return this.nodeWithOutputs(operator, inputs, attributes, 1, BLOCK_DOMAIN)[0]!;
  }

  nodeWithOutputs(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    outputs: number,
    domain = '',
  ): string[] {
    const suffix = this.emitted === 0 ? '' : `#${this.emitted}`;
    this.emitted++;
    const name = this.names.claim(`${this.label}${suffix}`);
    const output =
      outputs === 1 ? [name] : Array.from({ length: outputs }, (_, i) => this.names.claim(`${name}:${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.add({ opType: operator, domain, name, input: [...inputs], output: [...output], attribute });
    return output;
  }

  /** Copies a value to a separate name, claimed before or here. */
  copy(value: string, name = this.names.claim(this.label)): string {
    this.add({ opType: 'Identity', name, input: [value], output: [name], attribute: [] });
    return name;
  }

  /** An output that is not a tensor, under a claimed name. */
  emptySequence(name: string): void {
    this.add({ opType: 'SequenceEmpty', name, input: [], output: [name], attribute: [] });
  }

  /** Whether a node of this graph computes the value. */
  computes(value: string): boolean {
    return this.computed.has(value);
  }

  /** Appends the nodes of a separately built graph. */
  append(other: Graph): void {
    for (const node of other.nodes) this.add(node);
  }

  private add(node: NodeInit): void {
    this.nodes.push(node);
    for (const output of node.output) this.computed.add(output);
  }

  /**
   * Renames the output `from` of a node added since `mark` to `to`, a name claimed before.
   *
   * @returns whether there is such a node; if not, the value comes from elsewhere and keeps its name.
   */
  rename(from: string, to: string, mark: number): boolean {
    const recent = this.nodes.slice(mark);
    const producer = recent.find((node) => node.output.includes(from));
    if (producer === undefined) return false;
    this.computed.delete(from);
    this.computed.add(to);
    for (const node of recent) {
      node.input = node.input.map((name) => (name === from ? to : name));
      node.output = node.output.map((name) => (name === from ? to : name));
    }
    return true;
  }

  scalar(dtype: DType, value: number): string {
    const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array };
    return this.names.initializer(dtype, [], arrays[dtype].of(value));
  }

  /** For shapes, axes and offsets. */
  int64s(values: readonly number[]): string {
    return this.names.initializer('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** For operations on bits. */
  uint32(value: number): string {
    return this.names.initializer('uint32', [], Uint32Array.of(value));
  }

  constant(dtype: DType, shape: Shape, data: TensorData): string {
    return this.names.initializer(dtype, shape, data);
  }

  /** The finished graph. Initializers belong only to the model's outermost graph. */
  finish(
    name: string,
    inputs: readonly ValueInfoInit[],
    outputs: readonly ValueInfoInit[],
    initializer: readonly TensorInit[] = [],
  ): GraphInit {
    return {
      name,
      node: this.nodes,
      input: [...inputs],
      output: [...outputs],
      initializer: [...initializer],
    };
  }
}
