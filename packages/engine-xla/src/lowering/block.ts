// Blocks: the operations of a function or a region under construction, one line of StableHLO each.

import type { DType, TensorData, TensorType } from '@gaussmark/autodiff';
import { denseText, splatText, typeText } from './literal.js';

/** A value of the function: the name of an SSA value, or of one result of several. */
export interface Value {
  readonly name: string;
  readonly type: TensorType;
}

/** Names are unique in a function, regions included. */
class Names {
  private count = 0;

  /** `%0`, `%1`, .... */
  next(): string {
    return `%${this.count++}`;
  }
}

const INDENT = '  ';

export class Block {
  private readonly lines: string[] = [];
  private readonly constants = new Map<string, Value>();

  private constructor(
    private readonly names: Names,
    private readonly depth: number,
  ) {}

  /** The body of a function. */
  static ofFunction(depth: number): Block {
    return new Block(new Names(), depth);
  }

  /** The block of a region inside this one. */
  nested(): Block {
    return new Block(this.names, this.depth + 2);
  }

  /** Adds `name = text` and returns the value. */
  add(type: TensorType, text: string): Value {
    const name = this.names.next();
    this.lines.push(`${name} = ${text}`);
    return { name, type };
  }

  /** Adds an operation with several results, or with regions; `text` may have several lines. */
  addMany(types: readonly TensorType[], text: string): Value[] {
    const name = this.names.next();
    this.lines.push(types.length === 1 ? `${name} = ${text}` : `${name}:${types.length} = ${text}`);
    return types.map((type, i) => ({ name: types.length === 1 ? name : `${name}#${i}`, type }));
  }

  /** Ends the block. */
  terminate(operation: 'return' | 'stablehlo.return', values: readonly Value[]): void {
    const names = values.map(({ name }) => name).join(', ');
    const types = values.map(({ type }) => typeText(type)).join(', ');
    this.lines.push(values.length === 0 ? operation : `${operation} ${names} : ${types}`);
  }

  /** A fresh name for an argument of a region. */
  argument(type: TensorType): Value {
    return { name: this.names.next(), type };
  }

  /** A constant; equal ones of a block are one. */
  constant(type: TensorType, data: TensorData): Value {
    return this.literal(type, denseText(type, data));
  }

  private literal(type: TensorType, attribute: string): Value {
    const text = `stablehlo.constant ${attribute}`;
    const known = this.constants.get(text);
    if (known !== undefined) return known;
    const value = this.add(type, text);
    this.constants.set(text, value);
    return value;
  }

  scalar(dtype: DType, value: number): Value {
    return this.filled({ dtype, shape: [] }, value);
  }

  /** A tensor of one value. */
  filled(type: TensorType, value: number): Value {
    return this.literal(type, splatText(type, value));
  }

  zeros(type: TensorType): Value {
    return this.filled(type, 0);
  }

  toString(): string {
    const indent = INDENT.repeat(this.depth);
    return this.lines.map((line) => `${indent}${line}\n`).join('');
  }

  /** The indentation of the line that opens a region of this block. */
  get indent(): string {
    return INDENT.repeat(this.depth);
  }
}
