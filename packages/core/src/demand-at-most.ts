// A mistake in hyperparameters that a schema cannot express: a lower bound above an upper one.

import { GaussmarkError } from './errors.js';

/**
 * @param plugin as in messages, for instance "optimizer 'sgn'"
 * @throws GaussmarkError, pointing to `lower`, if its value is above that of `upper`, or either is NaN
 * @internal
 */
export function demandAtMost<Name extends string>(
  plugin: string,
  values: Readonly<Record<Name, number>>,
  lower: Name,
  upper: Name,
): void {
  if (values[lower] <= values[upper]) return;
  throw new GaussmarkError(`${plugin}: ${lower} is above ${upper}`, {
    plugin,
    pointer: `/${lower}`,
    expected: `a number of at most ${upper}, which is ${values[upper]}`,
    got: String(values[lower]),
    remedy: `lower ${lower} too`,
  });
}
