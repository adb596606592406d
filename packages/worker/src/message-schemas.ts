// The JSON Schemas that messages of workers are checked by are made of these.

type Schema = Readonly<Record<string, unknown>>;

export const TEXT = { type: 'string' } as const;
export const COUNT = { type: 'integer', minimum: 0 } as const;
/** Seconds, bytes, operations. */
export const AMOUNT = { type: 'number', minimum: 0 } as const;
/** A record of scalars by any names. */
export const SCALARS = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
} as const;

export const listOf = (items: Schema) => ({ type: 'array', items }) as const;

/** A record that has what is required, and may have what is optional, and more. */
export const objectOf = (
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
) =>
  ({
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
  }) as const;
