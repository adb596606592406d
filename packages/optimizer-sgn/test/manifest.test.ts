// The manifest, and constraints beyond its schema.

import { completeHyperparameters, optimizerContext } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import sgn from '../src/sgn.js';
import { hyperparameters, manifest } from './traced-step.js';

describe('the manifest', () => {
  it('has the values of the archived runs as defaults', () => {
    expect(hyperparameters()).toEqual({
      cgIterations: 10,
      cgTolerance: 1e-6,
      warmupCgIterations: 10,
      warmupSteps: 10,
      damping: 1e-4,
      minDamping: 1e-6,
      trustRegion: true,
      dampingSchedule: 'constant',
      scheduleSteps: null,
      lineSearch: true,
      sufficientDecrease: 1e-4,
      backtrackingFactor: 0.5,
      maxLineSearchSteps: 10,
      stepSize: 1,
      momentum: 0,
      preconditioned: false,
      preconditionerExponent: 1,
      // Off.
      warmStart: 0,
      progressTolerance: 0,
      progressWindow: 10,
      cgBacktracking: false,
      curvatureShare: 1,
      rejectBadSteps: false,
    });
    expect(completeHyperparameters(manifest, { preset: 'reference' }).damping).toBe(1e-3);
  });

  it.each([
    ['cgIterations', 0],
    ['cgIterations', 2.5],
    ['damping', 0],
    ['momentum', 1],
    ['backtrackingFactor', 1],
    ['dampingSchedule', 'cubic'],
  ])('rejects %s = %o', (name, value) => {
    expect(() => completeHyperparameters(manifest, { [name]: value })).toThrow(
      expect.objectContaining({ pointer: `/${name}` }),
    );
  });
});

describe('create', () => {
  const create = (options: Parameters<typeof hyperparameters>[0], plannedSteps: number | null) => () =>
    sgn.create(hyperparameters(options), optimizerContext({ plannedSteps }));

  it('rejects two rules for the damping', () => {
    expect(create({ dampingSchedule: 'linear' }, 10)).toThrow(
      expect.objectContaining({
        pointer: '/dampingSchedule',
        remedy: expect.stringContaining('trustRegion=false'),
      }),
    );
  });

  it('rejects minDamping above damping', () => {
    expect(create({ damping: 1e-8 }, 10)).toThrow(
      expect.objectContaining({ pointer: '/minDamping', expected: expect.stringContaining('1e-8') }),
    );
  });
});
