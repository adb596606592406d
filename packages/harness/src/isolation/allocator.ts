// Settings of the memory allocator for processes that run native steps.

/**
 * glibc returns big blocks to the system when they are freed, and the next step pays for their page faults again (30 ms
 * for 12 MB were measured). With these thresholds it keeps them.
 */
export const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
  MALLOC_TOP_PAD_: '268435456',
};
