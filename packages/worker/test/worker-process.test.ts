// Limits, endings and memory of worker processes.

import { describe, expect, it } from 'vitest';
import { endingOf, endingOfError } from '../src/ending.js';
import { heapMebibytes, spinLimit } from '../src/limits.js';
import { residentBytes } from '../src/process-tree.js';

it("the limits bound V8's heap below the memory, and spinning to a quarter of the time, at most a minute", () => {
  expect(heapMebibytes({ seconds: 1, bytes: 400 * 2 ** 20 })).toBe(300);
  expect(heapMebibytes({ seconds: 1, bytes: 2 ** 40 })).toBe(4096);
  expect([spinLimit({ seconds: 12 }), spinLimit({ seconds: 3600 })]).toEqual([3, 60]);
});

describe('the end of a process', () => {
  const end = { code: null, signal: null, stderr: '', outOfMemoryKills: 0 } as const;
  it.each([
    [{ ...end, signal: 'SIGKILL', outOfMemoryKills: 1 }, 'out-of-memory', /lack of memory/],
    [{ ...end, signal: 'SIGKILL' }, 'failed', /SIGKILL, from outside/],
    [{ ...end, signal: 'SIGKILL', outOfMemoryKills: null }, 'failed', /SIGKILL \(out of memory\?\)/],
    [
      {
        ...end,
        signal: 'SIGABRT',
        stderr: "terminate called after throwing an instance of 'std::bad_alloc'",
      },
      'out-of-memory',
      /bad_alloc/,
    ],
    [
      { ...end, signal: 'SIGSEGV', stderr: 'node: fatal thing in native code\n' },
      'failed',
      /SIGSEGV: node: fatal/,
    ],
    [{ ...end, code: 7 }, 'failed', /exit code 7$/],
  ] as const)('%j', (traces, status, reason) => {
    expect(endingOf(traces)).toEqual({ status, reason: expect.stringMatching(reason) });
  });

  it('by an error is classified by its message', () => {
    expect(endingOfError('RangeError: Array buffer allocation failed').status).toBe('out-of-memory');
    const xla = 'RESOURCE_EXHAUSTED: Out of memory allocating 32000000000000 bytes.';
    expect(endingOfError(xla).status).toBe('out-of-memory');
    expect(endingOfError('RangeError: Invalid array length').status).toBe('failed');
  });
});

it.skipIf(process.platform !== 'linux')('the memory of a process is what it reports itself', () => {
  const own = process.memoryUsage.rss();
  expect(Math.abs(residentBytes(process.pid)! - own) / own).toBeLessThan(0.5);
  expect(residentBytes(2 ** 22 + 1)).toBeNull();
});
