// Every optimizer with a schedule of its learning rate has the same hyperparameters for it.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PACKAGES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../packages');
const read = (...file: string[]) => JSON.parse(readFileSync(path.join(PACKAGES, ...file), 'utf8'));

/** Those of `scheduledLearningRate`. */
const KNOBS = ['schedule', 'scheduleSteps', 'decayFactor', 'decayEvery', 'warmup'];
const knobsOf = ({ hyperparameters: { properties } }: { hyperparameters: { properties: object } }) =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => KNOBS.includes(name)));

const manifests = readdirSync(PACKAGES)
  .filter((name) => name.startsWith('optimizer-'))
  .flatMap((name) => read(name, 'package.json').gaussmark.manifests.map((file: string) => read(name, file)))
  .filter(({ hyperparameters }) => 'schedule' in hyperparameters.properties);

it('has several', () => expect(manifests.length).toBeGreaterThan(0));

it.each(manifests)('$name', (manifest) => {
  expect(knobsOf(manifest)).toEqual(knobsOf(read('optimizer-sgd', 'manifest.json')));
});
