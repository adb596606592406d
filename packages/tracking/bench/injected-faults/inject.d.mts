// Types of inject.mjs, for the tests.

import type { Fault } from './faults.mjs';

export function faultyFiles(fault: Fault, checkout: string): Promise<ReadonlyMap<string, string>>;
export function inject(fault: Fault, checkout: string): Promise<void>;
