// What a measuring process may tell, checked: the code of plugins runs in it.

import { type Validator, validator } from '@gaussmark/core';
import { AMOUNT, listOf, objectOf, SCALARS, TEXT } from '@gaussmark/worker';
import { COVERED_KINDS, CoveredHyperparameterSchema } from './exercise/report.js';
import type { QuestionName } from './protocol.js';
import { MeasureSchema } from './snapshot.js';

export const messageIssues = validator({
  anyOf: [
    objectOf({ type: { const: 'hello' }, protocol: { type: 'integer' } }),
    objectOf({ type: { const: 'answer' }, answer: {} }),
    objectOf({ type: { const: 'error' }, reason: TEXT, wrongInput: { type: 'boolean' } }),
  ],
});

const PLANNED = objectOf({
  problem: TEXT,
  optimizer: TEXT,
  engine: TEXT,
  steps: { type: 'integer', minimum: 1 },
  settings: { type: 'object' },
});
const SUBJECT = objectOf({
  id: TEXT,
  problem: TEXT,
  optimizer: { type: ['string', 'null'] },
  quantity: TEXT,
});

/** What is wrong with the answer to a question. */
export const answerIssues: Readonly<Record<QuestionName, Validator>> = {
  plan: validator(
    objectOf(
      {
        cells: listOf(PLANNED),
        skipped: listOf(objectOf({ problem: TEXT, reason: TEXT })),
        engineInfo: SCALARS,
      },
      { coverage: listOf(objectOf({ kind: { enum: [...COVERED_KINDS] }, name: TEXT })) },
    ),
  ),
  observe: validator({ type: 'array', items: MeasureSchema }),
  cover: validator({
    type: 'object',
    properties: {
      measures: { type: 'array', items: MeasureSchema },
      coverage: { type: 'array', items: CoveredHyperparameterSchema },
    },
    required: ['measures', 'coverage'],
  }),
  prepare: validator(listOf(SUBJECT)),
  turn: validator(objectOf({ wall: AMOUNT, cpu: AMOUNT })),
};
