// What cells depend on besides their code, found in a worker: a machine of a grid proves that it would compute the same.

import { validator } from '@gaussmark/core';
import { objectOf, SCALARS, task } from '@gaussmark/worker';
import type { CellFactsTask } from './cell-facts-task.js';

const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };

export const CELL_FACTS = task<CellFactsTask>(
  new URL('./cell-facts-task.js', import.meta.url),
  'cellFactsTask',
  {
    result: validator(
      objectOf({
        engines: { type: 'object', additionalProperties: SCALARS },
        checksums: { type: 'object', additionalProperties: TEXTS },
      }),
    ),
  },
);
