// The task of measuring a suite, in the worker that it is sent to.

import { type KnownPlugins, registryOf, type Surroundings, type TaskOf } from '@gaussmark/harness';
import { measureSuite } from './measure.js';
import type { Measurement, Method, Suite, SuiteEvent } from './suite.js';

export interface MeasureTask {
  readonly input: {
    readonly suite: Suite;
    readonly method: Method;
    readonly known: KnownPlugins;
    readonly surroundings: Surroundings;
  };
  readonly event: SuiteEvent;
  readonly result: Measurement;
}

export const measureTask: TaskOf<MeasureTask> = ({ suite, method, known, surroundings }, { tell }) =>
  measureSuite(suite, method, registryOf(known), surroundings, tell);
