// The JSON Schemas of messages between processes, each carrying the TypeScript type it describes.
//
// TypeBox would do, but it takes 150 ms to load, in every process.

/** A JSON Schema of the values of a type. */
export type Schema<T> = Readonly<Record<string, unknown>> & { readonly describes?: T };

/** The type that a schema describes. */
export type Static<S> = S extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown>>>;
type Required<F extends Fields> = { readonly [K in keyof F]: Static<F[K]> };
type Optional<F extends Fields> = { readonly [K in keyof F]?: Static<F[K]> };

export const TEXT: Schema<string> = { type: 'string' };
export const FLAG: Schema<boolean> = { type: 'boolean' };
/** An integer of at least 0. */
export const COUNT: Schema<number> = { type: 'integer', minimum: 0 };
/** An integer of at least 1. */
export const SIZE: Schema<number> = { type: 'integer', minimum: 1 };
/** Seconds, bytes, operations. */
export const AMOUNT: Schema<number> = { type: 'number', minimum: 0 };
/** An object of scalars with any keys. */
export const SCALARS: Schema<Readonly<Record<string, string | number | boolean>>> = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
};
export const NULL: Schema<null> = { type: 'null' };

export const listOf = <T>(items: Schema<T>): Schema<readonly T[]> => ({ type: 'array', items });

export const oneOf = <const T extends readonly (string | boolean)[]>(...values: T): Schema<T[number]> => ({
  enum: [...values],
});

export const anyOf = <T extends readonly Schema<unknown>[]>(...schemas: T): Schema<Static<T[number]>> => ({
  anyOf: [...schemas],
});

/** An object with all required fields, perhaps optional ones, and any others. */
export const objectOf = <R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional: O = {} as O,
): Schema<Required<R> & Optional<O>> => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
});

/** The object schema without any other fields. */
export const closed = <T>(schema: Schema<T>): Schema<T> => ({ ...schema, additionalProperties: false });
