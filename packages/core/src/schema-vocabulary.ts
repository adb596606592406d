// Schemas shared by manifests, problems and profiles: vocabulary, names, texts.

import Type from 'typebox';
import type { JsonValue } from './json.js';
import { FLOAT_DTYPES, LOSSES, TASKS } from './vocabulary.js';

export const Nothing = { additionalProperties: false } as const;

export const Task = Type.Enum(TASKS, { description: 'The learning task.' });

export const Loss = Type.Enum(LOSSES, {
  description:
    'squaredError: the mean of (f - y)^2 over batch and outputs, with no 1/2. softmaxCrossEntropy: the mean of -log softmax(f)[y] over batch and positions.',
});

export const FloatDTypeName = Type.Enum(FLOAT_DTYPES, {
  description: 'The floating-point type of parameters and arithmetic.',
});

/** The name of a plugin, problem or profile, as typed on the command line. */
export const Name = Type.String({
  pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$',
  examples: ['adam', 'fashion-mnist'],
  description: 'Lower-case letters and digits; words joined by hyphens.',
});

/** A profile's name, optionally followed by its size. */
export const ProfileName = Type.String({
  pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?::[a-z0-9]+(?:-[a-z0-9]+)*)?$',
  examples: ['default', 'paper:short'],
  description: 'A name, optionally followed by a colon and the size of the profile.',
});

export const Summary = Type.String({ minLength: 1, description: 'One sentence for lists and tooltips.' });

export const SchemaReference = Type.String({ description: 'Path or URL of the JSON Schema, for editors.' });

export const AnyJson = Type.Unsafe<JsonValue>({});

/** A list of names without repetition. */
export function listOf<T extends Type.TSchema>(
  items: T,
  description: string,
): Type.TOptional<Type.TArray<T>> {
  return Type.Optional(Type.Array(items, { uniqueItems: true, minItems: 1, description }));
}
