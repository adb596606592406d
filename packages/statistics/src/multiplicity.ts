// Corrects p-values for multiple comparisons.

/**
 * Holm's step-down correction: with p_(1) <= ... <= p_(m), adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)).
 * Rejecting hypotheses whose adjusted value is at most alpha keeps the chance of any false rejection at alpha, whatever the
 * dependence between the tests. Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.
 *
 * @returns adjusted p-values in the given order.
 * @throws RangeError if a value is not in [0, 1].
 */
export function holm(pValues: readonly number[]): number[] {
  const order = ascendingOrder(pValues);
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((index, i) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - i) * pValues[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

function ascendingOrder(pValues: readonly number[]): number[] {
  const bad = pValues.findIndex((p) => !(p >= 0 && p <= 1));
  if (bad >= 0)
    throw new RangeError(`p-values: expected numbers from 0 to 1, got ${pValues[bad]} at index ${bad}`);
  return pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
}
