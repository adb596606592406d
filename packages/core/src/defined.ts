// Records without undefined properties.

/** T, with properties that may be undefined made optional. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Drops properties that are undefined; keeps the order of the rest. JSON drops them anyway, but hashes, schemas and
 * comparisons would count them.
 *
 * @example
 * 'remedy' in defined({ found: 'nothing', remedy: undefined }); // = false
 */
export function defined<T extends object>(record: T): Defined<T> {
  const properties = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(properties) as Defined<T>;
}
