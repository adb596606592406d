// Buffers on a client's device. Values stay there, except those that the host writes before a run or reads after it.

import { allocate, formatType, holds, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';
import type { EngineBuffer } from '@gaussmark/engine-kit';
import type { Client } from '../pjrt/index.js';
import { explain } from './errors.js';

/** What buffers belong to. */
export interface BufferHome {
  readonly client: Client;
  /** Whether the device's memory is the host's. */
  readonly isHost: boolean;
  /** Those not disposed. */
  readonly buffers: Set<DeviceBuffer>;
}

/** The handle of a buffer that was never written. */
const ZEROS = 0;

/**
 * A tensor on the device: the handle of the memory that holds its values now. XLA's memory is immutable, so every run and every
 * write gives the buffer new memory and frees the old.
 */
export class DeviceBuffer implements EngineBuffer {
  private handle = ZEROS;
  /** Whether the values are known to be there: their run has ended. */
  private isSettled = true;
  /** Grows with every change of the handle. */
  private version = 0;
  private host: TensorData | undefined;
  private isDisposed = false;

  constructor(
    readonly type: TensorType,
    private readonly device: BufferHome,
    data?: TensorData,
  ) {
    device.buffers.add(this);
    if (data !== undefined) this.write(data);
  }

  get disposed(): boolean {
    return this.isDisposed;
  }

  /** The handle for a run to read. */
  forInput(): number {
    if (this.handle === ZEROS) this.put(allocate(this.type.dtype, sizeOf(this.type.shape)));
    return this.handle;
  }

  /** Frees the memory that a run is about to replace, so that the run may use it. */
  release(): void {
    const { handle } = this;
    this.handle = ZEROS;
    this.version++;
    if (handle !== ZEROS) this.device.client.plugin.destroyBuffer(handle);
  }

  /** Takes over the result of a run that has started; returns a token for {@link settle}. */
  take(handle: number): number {
    this.release();
    if (this.isDisposed) {
      this.device.client.plugin.destroyBuffer(handle);
      return this.version;
    }
    this.handle = handle;
    this.isSettled = false;
    return this.version;
  }

  /** The run of this token has ended. */
  settle(token: number): void {
    if (token === this.version) this.isSettled = true;
  }

  first(): number | Promise<number> {
    const values = this.values();
    return values instanceof Promise ? values.then((data) => data[0]!) : values[0]!;
  }

  async read(): Promise<TensorData> {
    return this.values();
  }

  /** Copies the values to the host's array of this buffer; at once where the device's memory is the host's. */
  private values(): TensorData | Promise<TensorData> {
    this.demandLive();
    const { type, handle } = this;
    this.host ??= allocate(type.dtype, sizeOf(type.shape));
    const data = this.host;
    if (handle === ZEROS) {
      data.fill(0);
      return data;
    }
    const { client, isHost } = this.device;
    if (isHost && this.isSettled) {
      client.copy(handle, data);
      return data;
    }
    try {
      const arrived = client.get(handle, type, data);
      if (arrived === undefined) return data;
      return arrived.then(
        () => data,
        (error) => Promise.reject(explain(READ, error)),
      );
    } catch (error) {
      throw explain(READ, error);
    }
  }

  write(data: TensorData): void {
    this.demandLive();
    if (!holds(this.type, data)) throw wrongValues(this.type, data);
    this.release();
    this.put(data);
  }

  private put(data: TensorData): void {
    try {
      this.handle = this.device.client.put(this.type, data);
    } catch (error) {
      throw explain(`XLA failed to copy a ${formatType(this.type)} to the device`, error);
    }
    this.isSettled = false;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.device.buffers.delete(this);
    this.release();
    this.host = undefined;
  }

  private demandLive(): void {
    if (this.isDisposed) throw new Error(`a ${formatType(this.type)} buffer was used after dispose()`);
  }
}

const READ = 'XLA failed to compute the values of a buffer';

/** The error for values that do not match a buffer's type. */
function wrongValues(type: TensorType, data: TensorData): TypeError {
  const { name } = allocate(type.dtype, 0).constructor;
  return new TypeError(
    `a ${formatType(type)} buffer takes a ${name} of ${sizeOf(type.shape)} values, ` +
      `got a ${data.constructor.name} of ${data.length}`,
  );
}
