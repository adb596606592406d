// The environment of worker processes.

/**
 * No part of Gaussmark sends telemetry. `ORT_DISABLE_TELEMETRY` turns off ONNX Runtime's; other libraries usually read
 * `DO_NOT_TRACK`.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' } as const;

/**
 * By default glibc returns large blocks to the system on every free, and the next step pays for the page faults again (30 ms
 * for 12 MB). These thresholds make it keep them.
 */
export const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
  MALLOC_TOP_PAD_: '268435456',
} as const;

/** The environment variable that marks a worker and its descendants. */
export const MARK = 'GAUSSMARK_WORKER';

/** A process group of its own can be killed as a whole, and does not receive the terminal's Ctrl-C. */
export const OWN_GROUP = process.platform !== 'win32';
