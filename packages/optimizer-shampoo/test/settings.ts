// The optimizers with their manifests, and their first steps.

import { completeHyperparameters, type ManifestOf, parseManifest } from '@gaussmark/core';
import { takeSteps } from '@gaussmark/plugin-conformance';
import shampooJson from '../manifests/shampoo.json' with { type: 'json' };
import soapJson from '../manifests/soap.json' with { type: 'json' };
import shampoo, { type ShampooHyperparameters } from '../src/shampoo.js';
import soap, { type SoapHyperparameters } from '../src/soap.js';
import { type Matrix, prescribedGradient, weightOf, zerosOf } from './prescribed-gradient.js';

export const shampooManifest = parseManifest(shampooJson, 'shampoo.json') as ManifestOf<'optimizer'>;
export const soapManifest = parseManifest(soapJson, 'soap.json') as ManifestOf<'optimizer'>;

export const shampooOptions = (given: Partial<ShampooHyperparameters>): ShampooHyperparameters =>
  completeHyperparameters(shampooManifest, { ...given });
export const soapOptions = (given: Partial<SoapHyperparameters>): SoapHyperparameters =>
  completeHyperparameters(soapManifest, { ...given });

/** The weight after each step, from zero. */
export function shampooSteps(
  gradients: readonly Matrix[],
  given: Partial<ShampooHyperparameters>,
  steps = gradients.length,
): number[][] {
  const problem = prescribedGradient(gradients, zerosOf(gradients[0]!.length, gradients[0]![0]!.length));
  const hyperparameters = shampooOptions(given);
  return takeSteps(shampoo, { problem, hyperparameters, steps }).map(({ params }) => weightOf(params));
}

export function soapSteps(
  gradients: readonly Matrix[],
  given: Partial<SoapHyperparameters>,
  steps = gradients.length,
): number[][] {
  const problem = prescribedGradient(gradients, zerosOf(gradients[0]!.length, gradients[0]![0]!.length));
  const hyperparameters = soapOptions(given);
  return takeSteps(soap, { problem, hyperparameters, steps }).map(({ params }) => weightOf(params));
}
