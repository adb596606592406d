// The dtypes that primitives support.

export const FLOATS = ['float32', 'float64'] as const;
export const NUMBERS = [...FLOATS, 'int32'] as const;
export const ALL = [...NUMBERS, 'bool'] as const;
