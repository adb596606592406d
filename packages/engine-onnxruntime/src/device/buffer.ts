// Buffers on a device. Values stay there, except those that the host writes before a run or reads after it.

import {
  allocate,
  BYTES_PER_ELEMENT,
  formatType,
  holds,
  sizeOf,
  type TensorData,
  type TensorType,
} from '@gaussmark/autodiff';
import type { EngineBuffer } from '@gaussmark/engine-kit';
import { Tensor } from '../binding.js';
import { wrongValues } from '../values.js';
import type { DeviceTensors } from './tensors.js';

/**
 * A tensor on the device, on the host, or both, allocated on demand.
 *
 * - Uploaded values move to the device in the background, at the latest when a run uses them, and stay there.
 * - Written values travel with the next run, in the same call; if a second run uses them, they move to the device as well.
 * - Results of a run stay on the device. Reading copies them; a buffer that was read but was never an input counts as watched by
 *   the host, and later runs return its values in the same call.
 */
export class DeviceBuffer implements EngineBuffer {
  private host: { readonly tensor: Tensor; readonly data: TensorData } | undefined;
  private device: Tensor | undefined;
  /** Where the values are; nowhere means zeros. */
  private readonly valid = { host: false, device: false };
  /** Whether the host has written values that no run has used yet. */
  private isFresh = false;
  private wasInput = false;
  private isWatched = false;
  private moving: Promise<Tensor> | undefined;
  private placing: Promise<Tensor> | undefined;
  /** Version number of the values. */
  private version = 0;
  private state: 'live' | 'disposed' = 'live';
  readonly bytes: number;

  constructor(
    readonly type: TensorType,
    private readonly tensors: DeviceTensors,
    data?: TensorData,
  ) {
    this.bytes = sizeOf(type.shape) * BYTES_PER_ELEMENT[type.dtype];
    if (data === undefined) return;
    if (!holds(type, data)) throw wrongValues(type, data);
    this.hostPlace(data);
    this.valid.host = true;
  }

  get disposed(): boolean {
    return this.state === 'disposed';
  }

  /** The tensor for a run to read. */
  forInput(): Tensor | Promise<Tensor> {
    this.wasInput = true;
    this.isWatched = false;
    if (this.valid.device) return this.device!;
    if (this.bytes > 0 && !this.isFresh) return this.toDevice();
    this.isFresh = false;
    this.tensors.traffic.toDevice += this.bytes;
    return this.hostPlace().tensor;
  }

  /** The tensor for a run to write. */
  forOutput(): Tensor | Promise<Tensor> {
    if (this.isWatched || this.bytes === 0) return this.hostPlace().tensor;
    // A pending upload would arrive after the results of the run.
    return this.moving ?? this.device ?? this.devicePlace();
  }

  /** A run has written into the tensor that {@link forOutput} returned. */
  wrote(tensor: Tensor): void {
    this.version++;
    this.valid.device = tensor === this.device;
    this.valid.host = !this.valid.device;
    this.isFresh = false;
    if (this.valid.host) this.tensors.traffic.toHost += this.bytes;
  }

  first(): number | Promise<number> {
    return this.valid.host ? this.host!.data[0]! : this.read().then((data) => data[0]!);
  }

  async read(): Promise<TensorData> {
    this.demandLive();
    const { tensor, data } = this.hostPlace();
    if (this.valid.device && !this.valid.host) {
      await this.tensors.copy(this.type.dtype, this.device!, tensor);
      this.tensors.traffic.toHost += this.bytes;
      this.isWatched = !this.wasInput;
    }
    this.valid.host = true;
    return data;
  }

  write(data: TensorData): void {
    this.demandLive();
    if (!holds(this.type, data)) throw wrongValues(this.type, data);
    this.hostPlace().data.set(data);
    this.version++;
    this.valid.host = true;
    this.valid.device = false;
    this.isFresh = true;
  }

  dispose(): void {
    this.state = 'disposed';
    this.version++;
    this.host = undefined;
    if (this.device !== undefined) this.tensors.free(this.device, this);
    this.device = undefined;
  }

  private hostPlace(data?: TensorData): { readonly tensor: Tensor; readonly data: TensorData } {
    if (this.host !== undefined) return this.host;
    const { dtype, shape } = this.type;
    const values = data ?? allocate(dtype, sizeOf(shape));
    this.host = { tensor: new Tensor(dtype, values, [...shape]) as Tensor, data: values };
    return this.host;
  }

  /** Allocates memory on the device, once for concurrent requests. */
  private devicePlace(): Promise<Tensor> {
    const place = async (): Promise<Tensor> => {
      const device = await this.tensors.create(this.type, this);
      if (this.disposed) this.tensors.free(device, this);
      else this.device = device;
      return device;
    };
    this.placing ??= place().finally(() => {
      this.placing = undefined;
    });
    return this.placing;
  }

  /** Starts moving the values, so that no run has to wait. A failure surfaces in the run that uses them. */
  startMove(): this {
    if (this.bytes > 0) this.tensors.awaitBeforeEnd(this.toDevice());
    return this;
  }

  /** Moves the values, once for concurrent runs, and frees the host's memory. */
  private toDevice(): Promise<Tensor> {
    this.moving ??= this.move().finally(() => {
      this.moving = undefined;
    });
    return this.moving;
  }

  private async move(): Promise<Tensor> {
    const { version } = this;
    const device = this.device ?? (await this.devicePlace());
    if (this.disposed) return device;
    if (this.host !== undefined && this.valid.host) {
      await this.tensors.copy(this.type.dtype, this.host.tensor, device);
      this.tensors.traffic.toDevice += this.bytes;
    } else {
      await this.tensors.clear(this.type, device);
    }
    // The values may have changed meanwhile.
    if (this.version === version) {
      this.host = undefined;
      this.valid.host = false;
      this.valid.device = true;
    }
    return device;
  }

  private demandLive(): void {
    if (this.disposed) throw new Error(`a ${formatType(this.type)} buffer was used after dispose()`);
  }
}
