// The check that every declared hyperparameter changes a number: each is varied alone, then together with others.

import type { HyperparameterValues, Manifest } from '@gaussmark/core';
import { explore } from './exercise/explore.js';
import { type Observed, outcomeOf } from './exercise/outcome.js';
import { type Check, fail, info } from './finding.js';

export function knobsCheck(
  manifest: Manifest,
  observe: (values: HyperparameterValues) => Observed | Promise<Observed>,
): Check {
  return {
    name: 'hyperparameters',
    remedy:
      "use it or drop it; if it acts only on values that were not tried, give them in the manifest's coverage.values",
    async run() {
      const { effects } = await explore(manifest, (values) => outcomeOf(() => observe(values)));
      const named = (status: string) => effects.filter((effect) => effect.status === status);
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
