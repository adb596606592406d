// Tensors on a device, through ONNX Runtime's WebGPU provider: the only one whose tensors can stay there in Node.

import type { DType, TensorType } from '@gaussmark/autodiff';
import { toData } from '@gaussmark/autodiff';
import { InferenceSession, Tensor } from '../binding.js';
import { copyModel, fillModel } from './models.js';

/** Bytes moved between host and device since the engine started. */
export interface Traffic {
  readonly toDevice: number;
  readonly toHost: number;
}

/** A tensor is freed with its owner. */
export interface TensorOwner {
  readonly bytes: number;
}

const LOCATION = 'gpu-buffer';

/**
 * The binding cannot create, fill, read or free device tensors. Small models can: one whose output stays on the device
 * creates it, and an identity copies, in either direction. (`getData()` of a device tensor aborts the process.)
 */
export class DeviceTensors {
  readonly traffic = { toDevice: 0, toHost: 0 };
  private readonly sessions = new Map<string, Promise<InferenceSession>>();
  /** Device tensors of buffers, with their sizes in bytes. */
  private readonly live = new Map<Tensor, number>();
  /** Tensors of buffers that were collected without being disposed. */
  private readonly lost = new FinalizationRegistry<Tensor>((tensor) => this.release(tensor));
  /** A scalar on the device: see DeviceCaller. */
  private fenceTensor: Promise<Tensor> | undefined;
  private readonly pending = new Set<Promise<unknown>>();

  constructor(private readonly options: InferenceSession.SessionOptions) {}

  /** Number and total size of the buffers' tensors. */
  get held(): { readonly tensors: number; readonly bytes: number } {
    const bytes = [...this.live.values()].reduce((sum, each) => sum + each, 0);
    return { tensors: this.live.size, bytes };
  }

  /** One scalar for all runs, even concurrent ones. */
  fence(): Promise<Tensor> {
    this.fenceTensor ??= this.make({ dtype: 'float32', shape: [] });
    return this.fenceTensor;
  }

  /** A zero-filled tensor on the device; freed with its owner. */
  async create(type: TensorType, owner: TensorOwner): Promise<Tensor> {
    const tensor = await this.make(type);
    this.live.set(tensor, owner.bytes);
    this.lost.register(owner, tensor, owner);
    return tensor;
  }

  /** Sets a device tensor to zeros. */
  async clear({ dtype, shape }: TensorType, device: Tensor): Promise<void> {
    const fill = await this.session(`clear ${dtype}`, fillModel(dtype), {});
    await fill.run(fillFeeds(dtype, shape), { y: device });
  }

  /** Copies between two tensors, at least one of them on the device. */
  async copy(dtype: DType, from: Tensor, to: Tensor): Promise<void> {
    const identity = await this.session(`copy ${dtype}`, copyModel(dtype), {});
    await identity.run({ x: from }, { y: to });
  }

  free(tensor: Tensor, owner: TensorOwner): void {
    this.lost.unregister(owner);
    this.release(tensor);
  }

  /** Runs something in the background, at the latest until disposal. Its failure is ignored. */
  awaitBeforeEnd(task: Promise<unknown>): void {
    const settled = task
      .catch(() => undefined)
      .finally(() => {
        this.pending.delete(settled);
      });
    this.pending.add(settled);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.pending);
    for (const tensor of [...this.live.keys()]) this.release(tensor);
    // A session that failed to start has nothing to release.
    await this.fenceTensor?.then(
      (tensor) => tensor.dispose(),
      () => undefined,
    );
    this.fenceTensor = undefined;
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of sessions) {
      await session.then(
        (started) => started.release(),
        () => undefined,
      );
    }
  }

  private async make({ dtype, shape }: TensorType): Promise<Tensor> {
    const fill = await this.session(`make ${dtype}`, fillModel(dtype), { preferredOutputLocation: LOCATION });
    return (await fill.run(fillFeeds(dtype, shape))).y as Tensor;
  }

  private release(tensor: Tensor): void {
    if (this.live.delete(tensor)) tensor.dispose();
  }

  private session(
    name: string,
    model: Uint8Array,
    own: InferenceSession.SessionOptions,
  ): Promise<InferenceSession> {
    const known = this.sessions.get(name);
    if (known !== undefined) return known;
    const started = InferenceSession.create(model, { ...this.options, ...own });
    this.sessions.set(name, started);
    return started;
  }
}

function fillFeeds(dtype: DType, shape: readonly number[]): Record<string, Tensor> {
  return {
    x: new Tensor(dtype, toData(dtype, [0]), []) as Tensor,
    shape: new Tensor('int64', BigInt64Array.from(shape, BigInt), [shape.length]),
  };
}
