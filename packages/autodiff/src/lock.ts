// Makes a package's exports read-only: plugins share these objects with the harness that judges them.

/**
 * Freezes tables deeply, and classes with their prototypes; returns its argument.
 *
 * @example
 * Object.isFrozen(lock({ limits: [1, 2] }).limits); // = true
 */
export function lock<T>(value: T): T {
  const isOpen = (typeof value === 'object' || typeof value === 'function') && value !== null;
  // The elements of a typed array cannot be frozen.
  if (!isOpen || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) lock(inner);
  return value;
}
