// A PJRT client: one device, its memory, and compilation for it.

import { holds, type TensorData, type TensorType } from '@gaussmark/autodiff';
import { compileOptions, type Flags } from './compile-options.js';
import { LoadedExecutable } from './executable.js';
import {
  BUFFER_TYPES,
  type FunctionName,
  IMMUTABLE_ONLY_DURING_CALL,
  layoutOf,
  NAMED_VALUE_STRIDE,
  NAMED_VALUE_TYPES,
} from './layouts.js';
import { endWithProcess, forget } from './leaving.js';
import { Bytes, Memory, Pointers, Struct } from './memory.js';
import { addressOf, copyMemory, textAt, wordAt } from './native.js';
import { type NamedValue, namedValues, type Plugin } from './plugin.js';

/** A float option; other numbers are sent as integers, which plugins distinguish. */
export interface Float {
  readonly float: number;
}

export interface ClientOptions {
  /** The plugin's own options: `{ cpu_device_count: 1 }`, `{ memory_fraction: { float: 0.5 } }`. */
  readonly options?: Readonly<Record<string, string | number | boolean | Float | readonly number[]>>;
  /** Environment variables that the plugin reads while it creates a client: `{ PJRT_NPROC: '1' }`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Which of the client's devices to use. Default 0. */
  readonly device?: number;
}

/** Bytes of a device's memory; `limit` 0 if the plugin does not tell. */
export interface DeviceMemory {
  readonly used: number;
  readonly limit: number;
}

export class Client {
  private handle: number;
  /** Devices that this process may use. */
  readonly deviceCount: number;
  private readonly device: number;
  /** The struct of an upload, reused: the plugin reads it only during the call. */
  private readonly upload: Struct<'BufferFromHost'>;
  private readonly dims = new Pointers(MOST_AXES);
  private readonly download = new Struct('BufferToHost');
  private readonly pointer = new Struct('ObjectOut');

  private constructor(
    readonly plugin: Plugin,
    handle: number,
    device: number,
  ) {
    this.handle = handle;
    const devices = new Struct('ClientDevices', { client: handle });
    plugin.call('Client_AddressableDevices', devices);
    this.deviceCount = devices.get('count');
    if (device >= this.deviceCount) {
      this.destroy();
      throw new RangeError(`there is no device ${device}; there are ${this.deviceCount}`);
    }
    this.device = wordAt(devices.get('devices') + 8 * device);
    this.upload = new Struct('BufferFromHost', {
      client: handle,
      dims: this.dims,
      semantics: IMMUTABLE_ONLY_DURING_CALL,
      device: this.device,
    });
  }

  /**
   * Starts a client.
   *
   * @throws PjrtError if the plugin finds no device or refuses an option; RangeError if there are fewer devices
   */
  static create(plugin: Plugin, { options = {}, environment = {}, device = 0 }: ClientOptions = {}): Client {
    const entries = Object.entries(options);
    const values = new Memory(NAMED_VALUE_STRIDE * entries.length);
    const kept = entries.flatMap(([name, value], i) =>
      writeValue(values, i * NAMED_VALUE_STRIDE, name, value),
    );
    const args = new Struct('ClientCreate', {
      options: entries.length === 0 ? 0 : values,
      count: entries.length,
    });
    withEnvironment(environment, () => plugin.call('Client_Create', args));
    kept.length = 0;
    const client = new Client(plugin, args.get('client'), device);
    endWithProcess(client);
    return client;
  }

  /** `cpu`, `cuda`. */
  get platform(): string {
    return this.textOf('Client_PlatformName', this.handle);
  }

  get platformVersion(): string {
    return this.textOf('Client_PlatformVersion', this.handle);
  }

  /** The device's name: `NVIDIA H100 80GB HBM3`. */
  get deviceKind(): string {
    return this.textOf('DeviceDescription_Kind', this.description());
  }

  /** What the plugin says of the device: `compute_capability`, `core_count`. */
  get deviceAttributes(): Readonly<Record<string, NamedValue>> {
    const args = new Struct('DeviceAttributes', { description: this.description() });
    this.plugin.call('DeviceDescription_Attributes', args);
    return namedValues(args.get('attributes'), args.get('count'));
  }

  /** @throws PjrtError if the plugin does not count its memory, as on CPUs */
  get memory(): DeviceMemory {
    const args = new Struct('MemoryStats', { device: this.device });
    this.plugin.call('Device_MemoryStats', args);
    return { used: args.get('used'), limit: args.get('limitKnown') === 0 ? 0 : args.get('limit') };
  }

  private description(): number {
    const args = new Struct('ObjectOut', { object: this.device });
    this.plugin.call('Device_GetDescription', args);
    return args.get('out');
  }

  private textOf(name: FunctionName, object: number): string {
    const args = new Struct('ObjectText', { object });
    this.plugin.call(name, args);
    return textAt(args.get('text'), args.get('size'));
  }

  /**
   * Compiles on another thread.
   *
   * @param text a StableHLO module
   * @throws PjrtError
   */
  async compile(text: string, flags: Flags = {}): Promise<LoadedExecutable> {
    const code = new Bytes(text);
    const format = new Bytes('mlir');
    const options = new Bytes(compileOptions(flags));
    const program = new Struct('Program', { code, size: code.size, format, formatSize: format.size });
    const args = new Struct('ClientCompile', {
      client: this.handle,
      program,
      options,
      optionsSize: options.size,
    });
    await this.plugin.callOnThread('Client_Compile', args);
    return new LoadedExecutable(this.plugin, args.get('executable'));
  }

  /** Loads what {@link LoadedExecutable.serialize} returned, on another thread. @throws PjrtError if it does not fit */
  async load(serialized: Uint8Array): Promise<LoadedExecutable> {
    const bytes = new Bytes(serialized);
    const args = new Struct('Deserialize', { client: this.handle, bytes, size: bytes.size });
    await this.plugin.callOnThread('Executable_DeserializeAndLoad', args);
    return new LoadedExecutable(this.plugin, args.get('executable'));
  }

  /**
   * Copies values to the device.
   *
   * @param data row-major, as the type says
   * @returns a buffer's handle, to be freed with `plugin.destroyBuffer`
   */
  put({ dtype, shape }: TensorType, data: TensorData): number {
    const { upload, dims, plugin } = this;
    dims.fill(shape);
    upload.set('data', addressOf(data.buffer as ArrayBuffer) + data.byteOffset);
    upload.set('type', BUFFER_TYPES[dtype]);
    upload.set('rank', shape.length);
    plugin.call('Client_BufferFromHostBuffer', upload);
    // The values were copied during the call; the event only says so.
    plugin.destroyEvent(upload.get('done'));
    return upload.get('buffer');
  }

  /**
   * Copies a buffer's values into `into`, once they are computed.
   *
   * @throws PjrtError of the computation
   */
  get(buffer: number, type: TensorType, into: TensorData): void | Promise<void> {
    if (!holds(type, into)) throw new TypeError('internal: the array does not fit the buffer');
    if (into.byteLength === 0) return;
    const { download, plugin } = this;
    download.set('buffer', buffer);
    download.set('data', addressOf(into.buffer as ArrayBuffer) + into.byteOffset);
    download.set('size', into.byteLength);
    plugin.call('Buffer_ToHostBuffer', download);
    const arrived = plugin.wait(download.get('event'));
    // Until then, the plugin writes into the array.
    return arrived?.then(() => void into.length);
  }

  /** The same in place, for a device whose memory is the host's and a buffer whose values are there. */
  copy(buffer: number, into: TensorData): void {
    if (into.byteLength === 0) return;
    this.pointer.set('object', buffer);
    this.plugin.call('Buffer_UnsafePointer', this.pointer);
    copyMemory(
      addressOf(into.buffer as ArrayBuffer) + into.byteOffset,
      this.pointer.get('out'),
      into.byteLength,
    );
  }

  /** Waits for the work in progress and frees the client; idempotent. */
  destroy(): void {
    if (this.handle === 0) return;
    const client = this.handle;
    this.handle = 0;
    forget(this);
    this.plugin.call('Client_Destroy', new Struct('Object', { object: client }));
  }
}

/** XLA's own limit on arrays is higher; the harness's tensors have at most 8. */
const MOST_AXES = 32;

/** Writes a named value; returns what it points to. */
function writeValue(
  values: Memory,
  at: number,
  name: string,
  value: string | number | boolean | Float | readonly number[],
): Memory[] {
  const { fields, size } = layoutOf('NamedValue');
  const key = new Bytes(name);
  values.setPointer(at, size);
  values.setPointer(at + fields.name.offset, key.address);
  values.setPointer(at + fields.nameSize.offset, key.size);
  const place = at + fields.value.offset;
  const put = (type: (typeof NAMED_VALUE_TYPES)[number], pointer: number, count: number) => {
    values.words[(at + fields.type.offset) >>> 2] = NAMED_VALUE_TYPES.indexOf(type);
    values.setPointer(place, pointer);
    values.setPointer(at + fields.valueSize.offset, count);
  };
  if (typeof value === 'string') {
    const content = new Bytes(value);
    put('string', content.address, content.size);
    return [key, content];
  }
  if (typeof value === 'boolean') put('bool', Number(value), 1);
  else if (typeof value === 'number') put('int64', value, 1);
  else if ('float' in value) {
    put('float', 0, 1);
    new Float32Array(values.buffer, place, 1)[0] = value.float;
  } else {
    const list = new Pointers(value.length);
    list.fill(value);
    put('int64List', list.address, value.length);
    return [key, list];
  }
  return [key];
}

/** Variables of the process reach the C library's environment, where plugins look. */
function withEnvironment<T>(variables: Readonly<Record<string, string>>, action: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
