// A compiled program on a client's device.

import { Memory, Pointers, Struct } from './memory.js';
import { bytesAt, callRelease, type NativeFunction, textAt } from './native.js';
import type { Plugin } from './plugin.js';

const NONE: readonly number[] = [];

export class LoadedExecutable {
  readonly outputCount: number;
  private handle: number;
  private readonly inner: number;
  /** One set of structs for all calls: the plugin reads them only during a call. */
  private readonly args: Struct<'Execute'>;
  private readonly outputs: Pointers;
  private readonly event = new Pointers(1);
  private inputs = new Pointers(0);
  private readonly inputLists = new Pointers(1);
  private readonly options = new Struct('ExecuteOptions');
  private kept: readonly number[] = NONE;
  private readonly execute: NativeFunction;

  constructor(
    private readonly plugin: Plugin,
    handle: number,
  ) {
    this.handle = handle;
    const inner = new Struct('ObjectOut', { object: handle });
    plugin.call('LoadedExecutable_GetExecutable', inner);
    this.inner = inner.get('out');
    const count = new Struct('ObjectOut', { object: this.inner });
    plugin.call('Executable_NumOutputs', count);
    this.outputCount = count.get('out');
    this.outputs = new Pointers(this.outputCount);
    const outputLists = new Pointers(1);
    outputLists.fill([this.outputs.address]);
    this.args = new Struct('Execute', {
      executable: handle,
      options: this.options,
      arguments: this.inputLists,
      deviceCount: 1,
      outputs: outputLists,
      events: this.event,
    });
    this.execute = plugin.quick('LoadedExecutable_Execute');
  }

  /**
   * Starts a run. Runs of a client follow each other as their buffers depend on each other; none waits here.
   *
   * @param inputs handles of buffers
   * @param outputs receives the handles of new buffers, to be freed with `plugin.destroyBuffer`
   * @param kept positions of inputs not to donate, although the program may. A donated buffer holds no values any more; its
   *   handle has yet to be freed.
   * @returns the event of the run's end, for `plugin.wait`
   * @throws PjrtError if the buffers do not fit
   */
  start(inputs: readonly number[], outputs: number[], kept: readonly number[] = NONE): number {
    const { args } = this;
    if (kept !== this.kept) this.keep(kept);
    if (inputs.length > this.inputs.capacity) {
      this.inputs = new Pointers(inputs.length);
      this.inputLists.fill([this.inputs.address]);
    }
    this.inputs.fill(inputs);
    args.set('argumentCount', inputs.length);
    const error = this.execute(args.address);
    if (error !== 0) throw this.plugin.takeError(error, 'LoadedExecutable_Execute');
    for (let i = 0; i < this.outputCount; i++) outputs[i] = this.outputs.at(i);
    return this.event.at(0);
  }

  private keep(positions: readonly number[]): void {
    const list = new Pointers(positions.length);
    list.fill(positions);
    this.options.set('nonDonatable', list);
    this.options.set('nonDonatableCount', positions.length);
    this.kept = positions;
  }

  /** The machine code, for a client of the same plugin on the same kind of processor or device. @throws PjrtError */
  serialize(): Uint8Array {
    const args = new Struct('Serialize', { executable: this.inner });
    this.plugin.call('Executable_Serialize', args);
    const bytes = bytesAt(args.get('bytes'), args.get('size'));
    callRelease(args.get('deleter'), args.get('holder'));
    return bytes;
  }

  /** The program after XLA's optimizations: a serialized HloModuleProto. @throws PjrtError */
  optimizedProgram(): { readonly format: string; readonly bytes: Uint8Array } {
    const program = new Struct('Program');
    const args = new Struct('ObjectOut', { object: this.inner, out: program });
    // The first call tells the size, the second fills the memory.
    this.plugin.call('Executable_OptimizedProgram', args);
    const size = program.get('size');
    const code = new Memory(size);
    program.set('code', code);
    this.plugin.call('Executable_OptimizedProgram', args);
    const format = textAt(program.get('format'), program.get('formatSize'));
    return { format, bytes: new Uint8Array(code.buffer, 0, size) };
  }

  /** Frees the program; idempotent. */
  destroy(): void {
    if (this.handle === 0) return;
    this.plugin.call('Executable_Destroy', new Struct('Object', { object: this.inner }));
    this.plugin.call('LoadedExecutable_Destroy', new Struct('Object', { object: this.handle }));
    this.handle = 0;
  }
}
