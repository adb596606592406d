// What a measuring process may tell, checked: the code of plugins runs in it.

import { type Validator, validator } from '@gaussmark/core';
import { COVERED_KINDS, CoveredHyperparameterSchema } from './exercise/report.js';
import type { QuestionName } from './protocol.js';
import { MeasureSchema } from './snapshot.js';

const TEXT = { type: 'string' } as const;
const SECONDS = { type: 'number', minimum: 0 } as const;
const SUBJECT = {
  type: 'object',
  properties: { id: TEXT, problem: TEXT, optimizer: { type: ['string', 'null'] }, quantity: TEXT },
  required: ['id', 'problem', 'optimizer', 'quantity'],
} as const;

export const messageIssues = validator({
  anyOf: [
    {
      type: 'object',
      properties: { type: { const: 'hello' }, protocol: { type: 'integer' } },
      required: ['type', 'protocol'],
    },
    { type: 'object', properties: { type: { const: 'answer' }, answer: {} }, required: ['type', 'answer'] },
    {
      type: 'object',
      properties: { type: { const: 'error' }, reason: TEXT, wrongInput: { type: 'boolean' } },
      required: ['type', 'reason', 'wrongInput'],
    },
  ],
});

/** What is wrong with the answer to a question. */
export const answerIssues: Readonly<Record<QuestionName, Validator>> = {
  plan: validator({
    type: 'object',
    properties: {
      cells: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            problem: TEXT,
            optimizer: TEXT,
            engine: TEXT,
            steps: { type: 'integer', minimum: 1 },
            settings: { type: 'object' },
          },
          required: ['problem', 'optimizer', 'engine', 'steps', 'settings'],
        },
      },
      skipped: {
        type: 'array',
        items: {
          type: 'object',
          properties: { problem: TEXT, reason: TEXT },
          required: ['problem', 'reason'],
        },
      },
      coverage: {
        type: 'array',
        items: {
          type: 'object',
          properties: { kind: { enum: [...COVERED_KINDS] }, name: TEXT },
          required: ['kind', 'name'],
        },
      },
      engineInfo: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    },
    required: ['cells', 'skipped', 'engineInfo'],
  }),
  observe: validator({ type: 'array', items: MeasureSchema }),
  cover: validator({
    type: 'object',
    properties: {
      measures: { type: 'array', items: MeasureSchema },
      coverage: { type: 'array', items: CoveredHyperparameterSchema },
    },
    required: ['measures', 'coverage'],
  }),
  prepare: validator({ type: 'array', items: SUBJECT }),
  turn: validator({
    type: 'object',
    properties: { wall: SECONDS, cpu: SECONDS },
    required: ['wall', 'cpu'],
  }),
};
