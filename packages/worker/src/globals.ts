// The globals that results depend on: some are locked before a plugin is loaded, all are compared after each call.
//
// A plugin shares its realm with the code that measures it. Replacing `performance.now` or `Array.prototype.map`, on purpose
// or not, would falsify the record. Clocks and namespaces, which nobody needs to write to, become read-only. Freezing
// prototypes would break honest code (assignment cannot shadow a frozen property), so those are compared with their original
// state. This file uses only functions it captured when it was loaded.

import crypto from 'node:crypto';
import workerThreads from 'node:worker_threads';
import zlib from 'node:zlib';
import { GaussmarkError } from '@gaussmark/core';

const { defineProperty, getPrototypeOf, preventExtensions, is } = Object;
const { ownKeys, getOwnPropertyDescriptor } = Reflect;

/** Makes clocks and namespaces read-only: writing to them throws. */
export function lockGlobals(): void {
  for (const name of ['JSON', 'Math', 'Reflect', 'Atomics', 'performance'] as const) {
    const value = globalThis[name];
    defineProperty(globalThis, name, { value, writable: false, configurable: false, enumerable: false });
    lockProperties(value);
  }
  // `now` belongs to the prototype; an own property could shadow it.
  preventExtensions(performance);
  lockProperties(getPrototypeOf(performance) as object);
  for (const name of ['hrtime', 'cpuUsage', 'memoryUsage'] as const) {
    lockProperties(process[name]);
    defineProperty(process, name, { value: process[name], writable: false, configurable: false });
  }
}

/** Locks existing properties. Libraries may still add to `Math` or `Reflect`. */
function lockProperties(owner: object): void {
  for (const key of ownKeys(owner)) {
    const property = getOwnPropertyDescriptor(owner, key)!;
    const isData = 'value' in property;
    if (property.configurable || (isData && property.writable)) {
      defineProperty(owner, key, { configurable: false, ...(isData ? { writable: false } : {}) });
    }
  }
}

interface Property {
  readonly owner: object;
  readonly path: string;
  readonly key: string | symbol;
  readonly value: unknown;
  readonly get: unknown;
  readonly set: unknown;
}

/** Global functions that our code calls. */
const FUNCTIONS = [
  ...['parseFloat', 'parseInt', 'isNaN', 'isFinite', 'structuredClone', 'queueMicrotask', 'Buffer'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
];

/** Constructors whose static and prototype properties are compared. */
const CONSTRUCTORS = [
  ...[
    'Object',
    'Function',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Symbol',
    'BigInt',
    'Date',
    'RegExp',
    'Promise',
  ],
  ...['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Proxy'],
  ...[
    'Error',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'Float32Array',
    'Float64Array',
    'Int8Array',
    'Int16Array',
  ],
  ...[
    'Int32Array',
    'Uint8Array',
    'Uint16Array',
    'Uint32Array',
    'BigInt64Array',
    'BigUint64Array',
    'Uint8ClampedArray',
  ],
];

/**
 * Node modules that our code uses after an optimizer is loaded; a plugin can replace their exports for everybody. Not `fs`:
 * libraries patch it in good faith, and all data has been read by then.
 */
const MODULES = { crypto, worker_threads: workerThreads, zlib } as const;

/** Objects where a new property changes what others see: JSON output, a loop over keys, a default. */
const CLOSED: ReadonlySet<string> = new Set(['Object.prototype', 'Array.prototype']);

/** Properties that V8 itself changes in use. */
const IGNORED: ReadonlySet<string | symbol> = new Set(['stackTraceLimit', 'prepareStackTrace']);

/** Remembers the state of the globals, to compare it later. */
export class GlobalsWatch {
  readonly #owners: (readonly [object, string])[] = [];
  readonly #properties: Property[] = [];
  readonly #counts: number[] = [];

  constructor() {
    const globals = globalThis as unknown as Record<string, object | undefined>;
    for (const name of FUNCTIONS) this.#remember(globalThis, name, name);
    for (const name of CONSTRUCTORS) {
      const owner = globals[name] as (object & { prototype?: object }) | undefined;
      if (owner === undefined) continue;
      this.#remember(globalThis, name, name);
      this.#rememberAll(owner, name);
      if (owner.prototype !== undefined) this.#rememberAll(owner.prototype, `${name}.prototype`);
    }
    for (const [name, exports] of Object.entries(MODULES)) this.#rememberAll(exports, `node:${name}`);
    this.#rememberAll(getPrototypeOf(Float32Array) as object, 'TypedArray');
    this.#rememberAll(getPrototypeOf(Float32Array.prototype) as object, 'TypedArray.prototype');
    const iterators = { Array: [].values(), Map: new Map().values(), Set: new Set().values() };
    for (const [name, iterator] of Object.entries(iterators)) {
      this.#rememberAll(getPrototypeOf(iterator) as object, `${name} iterator`);
    }
    this.#rememberAll(getPrototypeOf(getPrototypeOf([].values())) as object, 'Iterator.prototype');
  }

  #rememberAll(owner: object, path: string): void {
    this.#owners.push([owner, path]);
    const keys = ownKeys(owner);
    this.#counts.push(keys.length);
    for (const key of keys) this.#remember(owner, key, `${path}.${String(key)}`);
  }

  #remember(owner: object, key: string | symbol, path: string): void {
    if (IGNORED.has(key)) return;
    // Some globals are initialized on first use.
    if (owner === globalThis) void globalThis[key as keyof typeof globalThis];
    const { value, get, set } = getOwnPropertyDescriptor(owner, key) ?? {};
    this.#properties.push({ owner, path, key, value, get, set });
  }

  /** The first global that changed: `Array.prototype.map`. */
  changed(): string | undefined {
    const properties = this.#properties;
    for (let i = 0; i < properties.length; i++) {
      const { owner, path, key, value, get, set } = properties[i]!;
      const now = getOwnPropertyDescriptor(owner, key);
      if (now === undefined || !is(now.value, value) || now.get !== get || now.set !== set) return path;
    }
    for (let i = 0; i < this.#owners.length; i++) {
      const [owner, path] = this.#owners[i]!;
      if (path !== 'Date.prototype' && getOwnPropertyDescriptor(owner, 'toJSON') !== undefined)
        return `${path}.toJSON`;
      if (CLOSED.has(path) && ownKeys(owner).length !== this.#counts[i]) return path;
    }
    return undefined;
  }

  /** @throws GaussmarkError that names the changed global and the plugin called last */
  demandUnchanged(plugin: string | undefined): void {
    const changed = this.changed();
    if (changed === undefined) return;
    throw new GaussmarkError(`${plugin ?? 'a plugin'} changed the global ${changed}`, {
      plugin,
      expected: 'unmodified globals: the measurement itself depends on them',
      remedy: 'keep such changes inside the plugin, in its own module',
    });
  }
}
