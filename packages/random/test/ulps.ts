// Distance of two doubles in units in the last place.

/** The number of steps between neighbouring doubles from `a` to `b`; 0n if they are equal. */
export function ulpsBetween(a: number, b: number): bigint {
  const distance = ordinal(a) - ordinal(b);
  return distance < 0n ? -distance : distance;
}

/** The position of a double among all doubles in ascending order; both zeros are 0. */
function ordinal(value: number): bigint {
  const bits = new BigInt64Array(Float64Array.of(value).buffer)[0]!;
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
}
