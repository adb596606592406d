// Trees: records and arrays, nested, with tensors (or values, or types) at the leaves.

import { Tensor } from './trace.js';
import type { TensorType, TensorValue } from './types.js';

export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The possible leaves. */
export type Leaf = Tensor | TensorValue | TensorType;

/** A tree's shape, without its leaves. */
export type Structure =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'array'; readonly items: readonly Structure[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly items: readonly Structure[] };

const LEAF: Structure = { kind: 'leaf' };

/**
 * Whether a value is a leaf of a tree: a tensor, a value or a type.
 *
 * @example
 * tree.isLeaf(iota(3)); // = true
 * tree.isLeaf({ w: iota(3) }); // = false
 */
export function isLeaf(value: unknown): value is Leaf {
  if (value instanceof Tensor) return true;
  if (typeof value !== 'object' || value === null) return false;
  if ('data' in value) return ArrayBuffer.isView(value.data);
  return (
    'dtype' in value && typeof value.dtype === 'string' && 'shape' in value && Array.isArray(value.shape)
  );
}

/**
 * The structure of a tree; records keep the order of their keys.
 *
 * @param what names the tree in the error message
 * @throws TypeError if it contains anything but records, arrays and leaves; the message names the place
 * @example
 * tree.structureOf([iota(3)]); // = { kind: 'array', items: [{ kind: 'leaf' }] }
 */
export function structureOf(tree: Tree<Leaf>, what?: string): Structure {
  return structureAt(tree, '', what);
}

function structureAt(tree: unknown, path: string, what: string | undefined): Structure {
  if (isLeaf(tree)) return LEAF;
  if (Array.isArray(tree)) {
    return { kind: 'array', items: tree.map((item, i) => structureAt(item, join(path, i), what)) };
  }
  if (!isRecord(tree)) {
    throw new TypeError(
      `${prefix(what)}a tree consists of records, arrays and tensors; got ${describe(tree)} at ${place(path)}${remedyFor(tree)}`,
    );
  }
  const keys = Object.keys(tree);
  return { kind: 'record', keys, items: keys.map((key) => structureAt(tree[key], join(path, key), what)) };
}

/** Only plain objects: keys do not show the contents of classes, maps or typed arrays. */
function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || isLeaf(value) || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * The leaves of a tree in the order of its structure, depth first; if given, in the order of `structure`.
 *
 * @param what names the tree in the error message
 * @throws TypeError if the tree does not have that structure; the message names the place
 * @example
 * tree.leaves({ layers: [{ w: iota(3) }], b: scalar(5, 'int32') }); // = [[0, 1, 2], 5]
 */
export function leaves<T extends Leaf>(
  tree: Tree<T>,
  structure: Structure = structureOf(tree),
  what?: string,
): T[] {
  const result: T[] = [];
  collect(tree, structure, '', (message) => new TypeError(`${prefix(what)}${message}`), result);
  return result;
}

function collect<T extends Leaf>(
  tree: unknown,
  structure: Structure,
  path: string,
  mismatch: (message: string) => TypeError,
  into: T[],
): void {
  switch (structure.kind) {
    case 'leaf':
      if (!isLeaf(tree)) {
        throw mismatch(`expected a tensor at ${place(path)}, got ${describe(tree)}${remedyFor(tree)}`);
      }
      into.push(tree as T);
      return;
    case 'array': {
      if (!Array.isArray(tree)) throw mismatch(`expected an array at ${place(path)}, got ${describe(tree)}`);
      if (tree.length !== structure.items.length) {
        throw mismatch(`expected ${structure.items.length} items at ${place(path)}, got ${tree.length}`);
      }
      for (const [i, item] of structure.items.entries())
        collect(tree[i], item, join(path, i), mismatch, into);
      return;
    }
    case 'record': {
      if (!isRecord(tree)) throw mismatch(`expected a record at ${place(path)}, got ${describe(tree)}`);
      const keys = `expected the keys ${structure.keys.join(', ')}`;
      const extra = Object.keys(tree).find((key) => !structure.keys.includes(key));
      if (extra !== undefined) throw mismatch(`unexpected '${extra}' at ${place(path)}; ${keys}`);
      for (const [i, key] of structure.keys.entries()) {
        const child = tree[key];
        if (child === undefined) throw mismatch(`missing '${key}' at ${place(path)}; ${keys}`);
        collect(child, structure.items[i]!, join(path, key), mismatch, into);
      }
      return;
    }
    default:
      structure satisfies never;
  }
}

/**
 * Puts leaves back into a structure: the inverse of {@link leaves}.
 *
 * @throws RangeError if their number differs
 * @example
 * tree.unflatten(tree.structureOf({ a: iota(1), b: iota(1) }), ['x', 'y']); // = { a: 'x', b: 'y' }
 */
export function unflatten<T>(structure: Structure, flat: readonly T[]): Tree<T> {
  let next = 0;
  const build = (node: Structure): Tree<T> => {
    switch (node.kind) {
      case 'leaf':
        return flat[next++] as T;
      case 'array':
        return node.items.map(build);
      case 'record':
        return Object.fromEntries(node.keys.map((key, i) => [key, build(node.items[i]!)]));
      default:
        return node satisfies never;
    }
  };
  const tree = build(structure);
  if (next !== flat.length)
    throw new RangeError(`internal: ${flat.length} leaves for a structure of ${next}`);
  return tree;
}

/**
 * The paths of the leaves, in order: `layers.0.weight`. A lone leaf has the path ''.
 *
 * @example
 * tree.paths(tree.structureOf({ layers: [{ weight: iota(3) }] })); // = ['layers.0.weight']
 */
export function paths(structure: Structure, root = ''): string[] {
  switch (structure.kind) {
    case 'leaf':
      return [root];
    case 'array':
      return structure.items.flatMap((item, i) => paths(item, join(root, i)));
    case 'record':
      return structure.keys.flatMap((key, i) => paths(structure.items[i]!, join(root, key)));
    default:
      return structure satisfies never;
  }
}

/**
 * Applies a function to corresponding leaves of trees with the same structure; the result has that structure.
 *
 * @throws TypeError if the structures differ; the message names the place
 * @example
 * tree.map((x: Tensor, y: Tensor) => maximum(x, y), { w: iota(3) }, { w: neg(iota(3)) }); // = { w: [0, 1, 2] }
 */
export function map<T extends Leaf, R>(fn: (leaf: T) => R, tree: Tree<T>): Tree<R>;
export function map<T extends Leaf, U extends Leaf, R>(
  fn: (a: T, b: U) => R,
  a: Tree<T>,
  b: Tree<U>,
): Tree<R>;
export function map<T extends Leaf, U extends Leaf, V extends Leaf, R>(
  fn: (a: T, b: U, c: V) => R,
  a: Tree<T>,
  b: Tree<U>,
  c: Tree<V>,
): Tree<R>;
export function map<R>(
  fn: (...leaves: never[]) => R,
  first: Tree<Leaf>,
  ...rest: readonly Tree<Leaf>[]
): Tree<R> {
  const structure = structureOf(first);
  const columns = [first, ...rest].map((tree) => leaves(tree, structure));
  const flat = columns[0]!.map((_, i) => fn(...(columns.map((column) => column[i]) as never[])));
  return unflatten(structure, flat);
}

function join(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}

function prefix(what: string | undefined): string {
  return what === undefined ? '' : `${what}: `;
}

function remedyFor(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? '; scalar() converts it to a tensor' : '';
}

function place(path: string): string {
  return path === '' ? 'the top' : `'${path}'`;
}

function describe(value: unknown): string {
  if (isLeaf(value)) return 'a tensor';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `the ${typeof value} ${String(value)}`;
  return isRecord(value) ? 'a record' : `a ${value.constructor.name}`;
}
