// Memory outside of V8's heap with an address: structs for C, texts, lists of pointers.

import { type FieldName, type Layout, layoutOf, type StructName } from './layouts.js';
import { addressOf } from './native.js';

const TWO32 = 2 ** 32;

/** A bare typed array may be in V8's moving heap; an ArrayBuffer of its own never moves. */
export class Memory {
  readonly buffer: ArrayBuffer;
  readonly address: number;
  readonly words: Uint32Array;

  constructor(bytes: number) {
    this.buffer = new ArrayBuffer(Math.max(8, Math.ceil(bytes / 8) * 8));
    this.address = addressOf(this.buffer);
    this.words = new Uint32Array(this.buffer);
  }

  // As two words: a Float64Array would change the bits of some pointers, a BigInt64Array allocates.
  setPointer(offset: number, value: number): void {
    const word = offset >>> 2;
    this.words[word] = value % TWO32;
    this.words[word + 1] = value / TWO32;
  }

  getPointer(offset: number): number {
    const word = offset >>> 2;
    return this.words[word]! + this.words[word + 1]! * TWO32;
  }
}

/**
 * Zero bytes after the last field that we know. A plugin refuses a struct smaller than its own and accepts a larger one, so
 * with these a plugin whose structs have grown accepts ours, and finds its new fields unset.
 */
const SLACK = 64;

type Values<S extends StructName> = { readonly [F in FieldName<S>]?: number | Memory };

/** An argument struct. Memory that it points to lives at least as long as the struct. */
export class Struct<S extends StructName> extends Memory {
  private readonly layout: Layout<FieldName<S>>;
  private readonly kept = new Map<string, Memory>();

  constructor(name: S, values: Values<S> = {}) {
    const layout = layoutOf(name);
    super(layout.size + SLACK);
    this.layout = layout;
    this.setPointer(0, layout.size + SLACK);
    for (const [field, value] of Object.entries(values) as [FieldName<S>, number | Memory][])
      this.set(field, value);
  }

  set(field: FieldName<S>, value: number | Memory): void {
    const { offset, width } = this.layout.fields[field];
    if (value instanceof Memory) {
      this.kept.set(field, value);
      this.setPointer(offset, value.address);
    } else if (width === 8) this.setPointer(offset, value);
    else this.words[offset >>> 2] = value;
  }

  get(field: FieldName<S>): number {
    const { offset, width } = this.layout.fields[field];
    if (width === 8) return this.getPointer(offset);
    const word = this.words[offset >>> 2]!;
    // Padding follows a bool, and may hold anything.
    return width === 4 ? word : word & 0xff;
  }
}

/** Bytes that C reads: a text in UTF-8, or a program. */
export class Bytes extends Memory {
  readonly size: number;

  constructor(content: string | Uint8Array) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    // One more: some readers expect a terminating zero.
    super(bytes.length + 1);
    this.size = bytes.length;
    new Uint8Array(this.buffer).set(bytes);
  }
}

/** An array of pointers. */
export class Pointers extends Memory {
  constructor(readonly capacity: number) {
    super(8 * capacity);
  }

  /** @param values at most `capacity` */
  fill(values: readonly number[]): void {
    const { words } = this;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      words[2 * i] = value % TWO32;
      words[2 * i + 1] = value / TWO32;
    }
  }

  at(index: number): number {
    return this.getPointer(8 * index);
  }
}
