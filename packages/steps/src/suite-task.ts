// The worker task that measures a suite.

import type { Locations } from '@gaussmark/cell';
import { type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import { measureSuite } from './measure.js';
import type { Measurement, Method, Suite, SuiteEvent } from './suite.js';

export interface MeasureTask {
  readonly input: {
    readonly suite: Suite;
    readonly method: Method;
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: SuiteEvent;
  readonly result: Measurement;
}

export const measureTask: TaskOf<MeasureTask> = ({ suite, method, known, locations }, { emit }) =>
  measureSuite(suite, method, registryOf(known), locations, emit);
