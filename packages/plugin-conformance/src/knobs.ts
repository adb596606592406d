// The check that every declared hyperparameter changes a number: each is varied alone, then together with others.

import type { HyperparameterValues, Manifest } from '@gaussmark/core';
import { type Effect, explore } from './exercise/explore.js';
import { type Observed, outcomeOf } from './exercise/outcome.js';
import { type Check, fail, info } from './finding.js';

type Observe = (values: HyperparameterValues) => Observed | Promise<Observed>;

/** @param elsewhere tried for hyperparameters without an effect on what `observe` returns */
export function knobsCheck(manifest: Manifest, observe: Observe, elsewhere?: Observe): Check {
  return {
    name: 'hyperparameters',
    remedy:
      "use it or drop it; if it acts only on values that were not tried, give them in the manifest's coverage.values; if it needs two others changed, change them in coverage.base",
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
        fail(
          `nothing depends on ${dead.join(', ')}: no value changed a number, alone or with others${untriedIn(effects)}`,
        );
      const alive = named('exercised').length;
      const untried = untriedIn(effects);
      if (untried !== '') return info(`${alive} of ${effects.length} change a number${untried}`);
      return effects.length === 0 ? 'there are none' : `each of ${effects.length} changes a number`;
    },
  };
}

/** `; not tried: path (its schema suggests no value to try)`, or nothing. */
function untriedIn(effects: readonly Effect[]): string {
  const untried = effects.filter(({ status }) => status === 'not run');
  const names = untried.map(({ hyperparameter }) => hyperparameter).join(', ');
  return untried.length === 0 ? '' : `; not tried: ${names} (${untried[0]!.reason})`;
}
