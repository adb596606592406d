// Records without their undefined properties.

/** T, whose properties that may be undefined are optional instead. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * The properties of a record that are not undefined, in their order. A property that is undefined is lost in JSON, but
 * counts for hashes, schemas and comparisons.
 */
export function defined<T extends object>(record: T): Defined<T> {
  const properties = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(properties) as Defined<T>;
}
