// The check that every declared hyperparameter changes a number: each is varied alone, then together with others.

import type { HyperparameterValues, Manifest } from '@gaussmark/core';
import { explore } from './exercise/explore.js';
import { type Observed, outcomeOf } from './exercise/outcome.js';
import { type Check, fail, info } from './finding.js';

type Observe = (values: HyperparameterValues) => Observed | Promise<Observed>;

/** @param elsewhere tried for hyperparameters without an effect on what `observe` returns */
export function knobsCheck(manifest: Manifest, observe: Observe, elsewhere?: Observe): Check {
  return {
    name: 'hyperparameters',
    remedy:
      "use it or drop it; if it acts only on values that were not tried, give them in the manifest's coverage.values",
    async run() {
      const effectsOn = async (of: Observe) =>
        (await explore(manifest, (values) => outcomeOf(() => of(values)))).effects;
      let effects = await effectsOn(observe);
      const named = (status: string) => effects.filter((effect) => effect.status === status);
      if (elsewhere !== undefined && named('inert').length > 0) {
        const others = await effectsOn(elsewhere);
        effects = effects.map((effect, i) =>
          effect.status === 'inert' && others[i]!.status === 'exercised' ? others[i]! : effect,
        );
      }
      const dead = named('inert').map(({ hyperparameter }) => hyperparameter);
      if (dead.length > 0)
        fail(`nothing depends on ${dead.join(', ')}: no value changed a number, alone or with others`);
      const [alive, untried] = [named('exercised').length, named('not run')];
      if (untried.length > 0) {
        const [{ reason } = { reason: '' }] = untried;
        const names = untried.map(({ hyperparameter }) => hyperparameter).join(', ');
        return info(`${alive} of ${effects.length} change a number; not tried: ${names} (${reason})`);
      }
      return effects.length === 0 ? 'there are none' : `each of ${effects.length} changes a number`;
    },
  };
}
