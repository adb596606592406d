// A PJRT plugin: a shared library that exports GetPjrtApi, loaded and checked once per process.

import { statSync } from 'node:fs';
import { GaussmarkError } from '@gaussmark/core';
import { PjrtError, statusOf } from './errors.js';
import {
  FIRST_SLOT,
  type FunctionName,
  LAST_NEEDED,
  layoutOf,
  NAMED_VALUE_STRIDE,
  NAMED_VALUE_TYPES,
  SLOTS,
} from './layouts.js';
import { type Memory, Struct } from './memory.js';
import {
  callGetter,
  floatAt,
  functionAt,
  intAt,
  type NativeFunction,
  openLibrary,
  symbolIn,
  textAt,
  wordAt,
} from './native.js';

/** The C API's versions that its layouts are known for. */
const MAJOR = 0;
/** The oldest version tried. */
const OLDEST_MINOR = 81;

export type NamedValue = string | number | boolean | readonly number[];

const loaded = new Map<string, Plugin>();

export interface LoadOptions {
  /** Libraries to load before it, as far as they exist. */
  readonly dependencies?: readonly string[];
  /** How to replace it, if it does not work. */
  readonly remedy?: string;
}

const REMEDY = 'give the path of another plugin';

/**
 * Loads a plugin; later calls return the same one.
 *
 * @param file its shared library
 * @throws GaussmarkError if the file is missing, is no plugin, or is too old or too new
 */
export function loadPlugin(file: string, { dependencies = [], remedy = REMEDY }: LoadOptions = {}): Plugin {
  const known = loaded.get(file);
  if (known !== undefined) return known;
  demandFile(file, remedy);
  // Their failures show when the plugin itself is loaded.
  for (const library of dependencies) openLibrary(library, { global: true });
  const library = openLibrary(file);
  if (typeof library === 'string') {
    throw notAPlugin(file, 'does not load', library, `install the libraries it needs, or ${remedy}`);
  }
  const symbol = symbolIn(library, 'GetPjrtApi');
  if (symbol === 0) throw notAPlugin(file, NOT_A_PLUGIN, 'it exports no GetPjrtApi', remedy);
  const plugin = new Plugin(file, callGetter(symbol), remedy);
  loaded.set(file, plugin);
  return plugin;
}

const NOT_A_PLUGIN = 'is not a PJRT plugin';

function demandFile(file: string, remedy: string): void {
  let problem: string | undefined;
  try {
    if (!statSync(file).isFile()) problem = 'it is not a file';
  } catch (error) {
    problem = (error as Error).message;
  }
  if (problem !== undefined) throw notAPlugin(file, NOT_A_PLUGIN, problem, remedy);
}

function notAPlugin(file: string, what: string, got: string, remedy: string): GaussmarkError {
  return new GaussmarkError(`${file} ${what}`, {
    plugin: "engine 'xla'",
    expected: 'a shared library that exports GetPjrtApi',
    got,
    remedy,
  });
}

export class Plugin {
  /** Of the C API it implements: [0, 106]. */
  readonly version: readonly [major: number, minor: number];
  /** What it says of itself: `xla_version`, `stablehlo_current_version`. */
  readonly attributes: Readonly<Record<string, NamedValue>>;
  private readonly functions = new Map<FunctionName, NativeFunction>();
  /** Structs of calls that happen all the time. */
  private readonly event = new Struct('Object');
  private readonly buffer = new Struct('Object');
  private readonly ready = new Struct('EventReady');
  private readonly isReadyAt: NativeFunction;
  private readonly awaitAt: NativeFunction;
  private readonly destroyEventAt: NativeFunction;
  private readonly destroyBufferAt: NativeFunction;
  private readonly unused: Struct<'Object'>[] = [];
  /** Calls on other threads that have not returned. */
  private running = 0;

  constructor(
    readonly file: string,
    api: number,
    remedy = REMEDY,
  ) {
    const size = wordAt(api);
    this.version = [intAt(api + 32), intAt(api + 36)];
    this.demandVersion(size, remedy);
    for (const [name, slot] of Object.entries(SLOTS) as [FunctionName, number][]) {
      const address = FIRST_SLOT + 8 * slot < size ? wordAt(api + FIRST_SLOT + 8 * slot) : 0;
      if (address !== 0) this.functions.set(name, functionAt(address));
    }
    this.isReadyAt = this.functionOf('Event_IsReady');
    this.awaitAt = this.functionOf('Event_Await');
    this.destroyEventAt = this.functionOf('Event_Destroy');
    this.destroyBufferAt = this.functionOf('Buffer_Destroy');
    this.call('Plugin_Initialize', new Struct('Empty'));
    const attributes = new Struct('PluginAttributes');
    this.call('Plugin_Attributes', attributes);
    this.attributes = namedValues(attributes.get('attributes'), attributes.get('count'));
  }

  private demandVersion(size: number, remedy: string): void {
    const [major, minor] = this.version;
    const isOld = minor < OLDEST_MINOR || size <= FIRST_SLOT + 8 * SLOTS[LAST_NEEDED];
    if (major === MAJOR && !isOld) return;
    throw new GaussmarkError(
      `${this.file} has an ${isOld && major === MAJOR ? 'old' : 'unknown'} PJRT C API`,
      {
        plugin: "engine 'xla'",
        expected: `version ${MAJOR}.${OLDEST_MINOR} or later, below ${MAJOR + 1}`,
        got: `version ${major}.${minor}, ${Math.floor((size - FIRST_SLOT) / 8)} functions`,
        remedy,
      },
    );
  }

  /** Whether native work of this plugin runs on other threads. */
  get isBusy(): boolean {
    return this.running > 0;
  }

  private functionOf(name: FunctionName): NativeFunction {
    const found = this.functions.get(name);
    if (found !== undefined) return found;
    throw new PjrtError(`the plugin ${this.file} has no PJRT_${name}`, 'UNIMPLEMENTED', name);
  }

  /** @throws PjrtError as the function returns it */
  call(name: FunctionName, args: Memory): void {
    const error = this.functionOf(name)(args.address);
    if (error !== 0) throw this.takeError(error, name);
    keepAlive(args);
  }

  /** The same on another thread. @throws PjrtError */
  async callOnThread(name: FunctionName, args: Memory): Promise<void> {
    const error = await this.onThread(this.functionOf(name), args);
    if (error !== 0) throw this.takeError(error, name);
  }

  private onThread(native: NativeFunction, args: Memory): Promise<number> {
    this.running++;
    return new Promise((resolve, reject) => {
      native.async(args.address, (failure, result) => {
        this.running--;
        keepAlive(args);
        if (failure !== null) reject(failure);
        else resolve(result);
      });
    });
  }

  /** The function of a call made often: its error, if any, goes to {@link takeError}. */
  quick(name: FunctionName): NativeFunction {
    return this.functionOf(name);
  }

  /** The message and status of an error, which is freed. */
  takeError(error: number, call: string): PjrtError {
    const message = new Struct('ObjectText', { object: error });
    this.functionOf('Error_Message')(message.address);
    const code = new Struct('ErrorCode', { error });
    this.functionOf('Error_GetCode')(code.address);
    const text = textAt(message.get('text'), message.get('size'));
    const result = new PjrtError(text, statusOf(code.get('code')), call);
    const args = new Struct('Object', { object: error });
    this.functionOf('Error_Destroy')(args.address);
    keepAlive(args);
    return result;
  }

  destroyBuffer(buffer: number): void {
    this.buffer.setPointer(16, buffer);
    this.destroyBufferAt(this.buffer.address);
  }

  destroyEvent(event: number): void {
    this.event.setPointer(16, event);
    this.destroyEventAt(this.event.address);
  }

  isReady(event: number): boolean {
    this.ready.setPointer(16, event);
    this.isReadyAt(this.ready.address);
    return this.ready.get('ready') !== 0;
  }

  /**
   * Waits for an event and frees it; work that is done costs no turn of the event loop.
   *
   * Not with PJRT_Event_OnReady: its callback would hold the plugin's thread until the event loop runs, which deadlocks when
   * something then waits for that thread.
   *
   * @throws PjrtError of the work
   */
  wait(event: number): void | Promise<void> {
    if (!this.isReady(event)) return this.waitOnThread(event);
    this.event.setPointer(16, event);
    this.finish(event, this.awaitAt(this.event.address));
  }

  private async waitOnThread(event: number): Promise<void> {
    const args = this.unused.pop() ?? new Struct('Object');
    args.setPointer(16, event);
    const error = await this.onThread(this.awaitAt, args);
    this.unused.push(args);
    this.finish(event, error);
  }

  private finish(event: number, error: number): void {
    this.destroyEvent(event);
    if (error !== 0) throw this.takeError(error, 'Event_Await');
  }
}

/**
 * V8 may collect an object after its last use, which here would be the reading of its address. A use after the call keeps it.
 */
function keepAlive(memory: Memory): void {
  alive = memory;
}
// biome-ignore lint/correctness/noUnusedVariables: assigned for its effect on garbage collection
let alive: Memory | undefined;

/** An array of named values: attributes of plugins and devices. */
export function namedValues(address: number, count: number): Record<string, NamedValue> {
  const { name, nameSize, type, value, valueSize } = layoutOf('NamedValue').fields;
  const result: Record<string, NamedValue> = {};
  for (let i = 0; i < count; i++) {
    const at = address + i * NAMED_VALUE_STRIDE;
    const key = textAt(wordAt(at + name.offset), wordAt(at + nameSize.offset));
    const size = wordAt(at + valueSize.offset);
    const place = at + value.offset;
    switch (NAMED_VALUE_TYPES[intAt(at + type.offset)]) {
      case 'string':
        result[key] = textAt(wordAt(place), size);
        break;
      case 'int64':
        result[key] = wordAt(place);
        break;
      case 'int64List':
        result[key] = Array.from({ length: size }, (_, k) => wordAt(wordAt(place) + 8 * k));
        break;
      case 'float':
        result[key] = floatAt(place);
        break;
      case 'bool':
        result[key] = (intAt(place) & 0xff) !== 0;
        break;
      case undefined:
        break;
    }
  }
  return result;
}
