// The plugin that was called last, where another thread sees it.

/** Calls so far, and the name of the last one in UTF-8 before zeros. */
export const CALLED = {
  count: new Int32Array(new SharedArrayBuffer(4)),
  name: new Uint8Array(new SharedArrayBuffer(256)),
} as const;

/** @param plugin `optimizer 'sgn'` */
export function noteCall(plugin: string): void {
  CALLED.name.fill(0);
  new TextEncoder().encodeInto(plugin, CALLED.name);
  Atomics.add(CALLED.count, 0, 1);
}

/** The name that was noted last; says so if there was none. */
export function lastCalled({ name }: typeof CALLED): string {
  return Buffer.from(name).toString('utf8').replaceAll('\0', '') || 'no plugin';
}
