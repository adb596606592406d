// The task that finds what cells depend on besides their code, in a worker: engines as they start here, and checksums of data.

import type { Cell, Locations } from '@gaussmark/cell';
import { type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import { DatasetCatalog } from './dataset-catalog.js';
import { EngineSupport } from './engine-support.js';
import type { Plan } from './plan.js';

export interface CellFacts {
  /** The info of each engine, by label. */
  readonly engines: Plan['engines'];
  /** sha256 of the data files of each problem, by its name. */
  readonly checksums: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface CellFactsTask {
  readonly input: {
    readonly cells: readonly Cell[];
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: never;
  readonly result: CellFacts;
}

/** Kept for this worker's later cells, which need not read the same data again. */
let catalog: DatasetCatalog | undefined;

export const cellFactsTask: TaskOf<CellFactsTask> = async ({ cells, known, locations }) => {
  const registry = registryOf(known);
  catalog ??= new DatasetCatalog(registry, locations);
  const support = new EngineSupport(registry);
  const checksums: Record<string, Readonly<Record<string, string>>> = {};
  try {
    for (const { engine, engineLabel, problem } of cells) {
      const entry = registry.find('engine', engine.name);
      await support.start({ entry, choice: engine, label: engineLabel });
      checksums[problem.name] ??= (await catalog.verify(problem.dataset)).checksums;
    }
    return { engines: support.infos(), checksums };
  } finally {
    await support.dispose();
  }
};
