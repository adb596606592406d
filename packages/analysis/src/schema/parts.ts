// Parts that the schemas of documents share.

import type { JsonValue } from '@gaussmark/core';
import Type from 'typebox';

/** No properties beyond those named. */
export const closed = { additionalProperties: false } as const;

export const text = (description: string) => Type.String({ description });
export const name = (description: string) => Type.String({ minLength: 1, description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });
export const positiveCount = (description: string) => Type.Integer({ minimum: 1, description });
/** At least 0: a time in seconds, a rate, a number of operations. */
export const amount = (description: string) => Type.Number({ minimum: 0, description });
export const nullable = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
export const nullableAmount = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description });
export const settings = (description: string) =>
  Type.Record(Type.String(), Type.Unsafe<JsonValue>({}), { description });

export const EngineInfo = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
  { description: 'The engine as it describes itself: version, provider, threads, device.' },
);
