// The dtypes that primitives are defined on.

export const FLOATS = ['float32', 'float64'] as const;
export const NUMBERS = [...FLOATS, 'int32'] as const;
export const ALL = [...NUMBERS, 'bool'] as const;
