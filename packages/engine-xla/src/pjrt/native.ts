// The foreign-function interface: loads shared libraries and calls C functions at addresses. Only this file knows koffi.
//
// Every PJRT function has the C type `PJRT_Error* f(Args*)`. Arguments are structs written by hand into memory outside of
// V8's heap, and addresses travel as JavaScript numbers (those of a user's process are below 2^53), so koffi only ever sees
// `uintptr_t f(uintptr_t)`: no marshalling, no BigInt, no allocation per call.

import { GaussmarkError } from '@gaussmark/core';
import koffi, { type LibraryHandle } from 'koffi';

const ENGINE = "engine 'xla'";

/** A C function of one pointer that returns a pointer. */
export interface NativeFunction {
  (argument: number): number;
  /** Calls it on another thread. */
  async(argument: number, callback: (failure: Error | null, result: number) => void): void;
}

// koffi runs C on stacks of its own, of 2 MiB for calls and 128 KiB for those on threads, where LLVM overflows while it compiles a
// chain of a thousand operations. This must precede koffi's first load.
const STACK = 16 * 2 ** 20;
koffi.config({ sync_stack_size: STACK, async_stack_size: STACK, resident_async_pools: 2 });

const RTLD_NOW = 2;
/**
 * koffi.load() closes its libraries at exit, and plugins whose threads still run then crash. So we call dlopen ourselves, with
 * the flag that keeps a library in memory for good.
 */
const RTLD_NODELETE: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };
const RTLD_GLOBAL: Partial<Record<NodeJS.Platform, number>> = { linux: 0x100, darwin: 0x8 };
const LIBC: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libc.so.6',
  darwin: '/usr/lib/libSystem.B.dylib',
};

interface Libc {
  readonly dlopen: (path: string, flags: number) => number;
  readonly dlsym: (handle: number, name: string) => number;
  readonly dlerror: () => string | null;
  readonly exitNow: (code: number) => void;
  readonly copy: (to: number, from: number, bytes: number) => number;
}

let libc: Libc | undefined;

/** @throws GaussmarkError on a system without a known C library */
function system(): Libc {
  if (libc !== undefined) return libc;
  const name = LIBC[process.platform];
  if (name === undefined) {
    throw new GaussmarkError(`engine 'xla' does not run on ${process.platform}`, {
      plugin: ENGINE,
      expected: 'Linux (or macOS, untested)',
      remedy: 'use WSL, a container, or another engine (bench engine)',
    });
  }
  let library: LibraryHandle;
  try {
    library = koffi.load(name);
  } catch (cause) {
    throw new GaussmarkError(`engine 'xla' needs the C library ${name}`, {
      plugin: ENGINE,
      got: (cause as Error).message,
      remedy: 'use a system with glibc (plugins are not built for musl), or another engine (bench engine)',
      cause,
    });
  }
  libc = {
    dlopen: library.func('uintptr_t dlopen(const char *path, int flags)') as unknown as Libc['dlopen'],
    dlsym: library.func('uintptr_t dlsym(uintptr_t handle, const char *name)') as unknown as Libc['dlsym'],
    dlerror: library.func('const char *dlerror()') as unknown as Libc['dlerror'],
    exitNow: library.func('void _exit(int code)') as unknown as Libc['exitNow'],
    copy: library.func(
      'uintptr_t memcpy(uintptr_t to, uintptr_t from, size_t bytes)',
    ) as unknown as Libc['copy'],
  };
  return libc;
}

const PROTOTYPES = {
  entry: koffi.proto('uintptr_t PjrtEntry(uintptr_t args)'),
  getApi: koffi.proto('uintptr_t PjrtGetApi()'),
  release: koffi.proto('void PjrtRelease(uintptr_t object)'),
};

/**
 * Loads a shared library for the rest of the process.
 *
 * @returns its handle, or the loader's reason why it cannot be loaded
 */
export function openLibrary(file: string, { global = false } = {}): number | string {
  const { dlopen, dlerror } = system();
  const flags = RTLD_NOW | (RTLD_NODELETE[process.platform] ?? 0);
  const handle = dlopen(file, flags | (global ? (RTLD_GLOBAL[process.platform] ?? 0) : 0));
  return handle !== 0 ? handle : (dlerror() ?? 'the loader gives no reason');
}

/** The address of a symbol, 0 if the library does not export it. */
export const symbolIn = (library: number, name: string): number => system().dlsym(library, name);

/** Calls a function without arguments that returns a pointer. */
export const callGetter = (address: number): number =>
  (koffi.decode(BigInt(address), PROTOTYPES.getApi) as () => number)();

export const functionAt = (address: number): NativeFunction =>
  koffi.decode(BigInt(address), PROTOTYPES.entry) as NativeFunction;

/** Calls a function that frees an object. */
export function callRelease(address: number, object: number): void {
  (koffi.decode(BigInt(address), PROTOTYPES.release) as (object: number) => void)(object);
}

/** Ends the process at once: no other thread, exit handler or destructor runs any more. */
export const exitNow = (code: number): void => system().exitNow(code);

export const addressOf = (buffer: ArrayBuffer): number => Number(koffi.address(buffer));

/** Copies memory, as C's memcpy. */
export const copyMemory = (to: number, from: number, bytes: number): void => {
  system().copy(to, from, bytes);
};

export const wordAt = (address: number): number => Number(koffi.decode.uint64(BigInt(address)));
export const intAt = (address: number): number => koffi.decode.int32(BigInt(address)) as number;
export const floatAt = (address: number): number => koffi.decode.float(BigInt(address)) as number;

/** A copy of the bytes at an address. */
export function bytesAt(address: number, size: number): Uint8Array {
  const copy = new ArrayBuffer(size);
  if (size > 0) copyMemory(addressOf(copy), address, size);
  return new Uint8Array(copy);
}

export const textAt = (address: number, size: number): string =>
  new TextDecoder().decode(bytesAt(address, size));
