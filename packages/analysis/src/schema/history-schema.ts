// The history document, history.json: nightly measures and their changes.

import Type, { type Static } from 'typebox';
import { closed, count, nullable, text } from './parts.js';
import { CHANGE_VERDICTS, HISTORY_REPORT_FORMAT, HISTORY_REPORT_SCHEMA_VERSION } from './vocabulary.js';

export type { ChangeVerdict } from './vocabulary.js';

const number = (description: string) => Type.Number({ description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const textOrNull = (description: string) => orNull(Type.String(), description);

const Night = Type.Object(
  {
    created: text('Date of the measurement: ISO 8601.'),
    commit: textOrNull('Commit of the code; null without git.'),
    subject: textOrNull("First line of the commit's message."),
    date: textOrNull('Date of the commit: ISO 8601.'),
    dirty: orNull(Type.Boolean(), 'Whether the working tree differed from the commit.'),
  },
  { ...closed, description: 'One snapshot.' },
);

const Point = Type.Object(
  {
    night: count('Index of the night.'),
    value: nullable('The value; null if not finite, or if a target was not reached.'),
    low: Type.Optional(number('Lower limit of the 95 % interval of a median of samples.')),
    high: Type.Optional(number('Upper limit.')),
    samples: Type.Optional(count('Number of samples.')),
  },
  { ...closed, description: 'A measure on one night.' },
);

const Change = Type.Object(
  {
    kind: Type.Enum(['step', 'drift'], {
      description: 'step: between two nights; drift: slowly over many.',
    }),
    start: count(
      'First night at the new level, or of the drift. For noisy measures it may be a night or two off.',
    ),
    end: count('Last night of a drift; `start` for a step.'),
    before: nullable('Fitted value before the change, at the start of the drift.'),
    after: nullable('Fitted value after the change.'),
    ratio: nullable('after / before; null if undefined (a value of 0, or none).'),
    low: Type.Optional(
      number('Lower limit of the 95 % interval of the ratio; absent for deterministic measures.'),
    ),
    high: Type.Optional(number('Upper limit.')),
    pValue: Type.Optional(
      number('Two-sided p-value of the change under noise alone; absent for deterministic measures.'),
    ),
    verdict: Type.Enum(CHANGE_VERDICTS, { description: 'What it means.' }),
    acknowledged: Type.Optional(text('Reason given for marking the change as intended; absent otherwise.')),
  },
  { ...closed, description: 'A change of a measure.' },
);

const Segment = Type.Object(
  {
    start: count('First night.'),
    end: count('Last night.'),
    first: number('Fitted value on the first night.'),
    last: number('Fitted value on the last night.'),
  },
  { ...closed, description: 'Nights between changes: a level, or a drift.' },
);

const Measure = Type.Object(
  {
    id: text('problem/optimizer/quantity.'),
    problem: text('Name of the problem.'),
    optimizer: textOrNull('The optimizer; null for measures without one.'),
    quantity: text('The measured quantity, in words.'),
    tier: Type.Enum(['hard', 'timed'], { description: 'hard: deterministic; timed: noisy.' }),
    unit: text('s, B, flop; empty for a plain count or a loss.'),
    better: Type.Enum(['lower', 'higher', 'same'], { description: 'The better direction.' }),
    points: Type.Array(Point, { description: 'In order of nights.' }),
    changes: Type.Array(Change, { description: 'In order of nights.' }),
    segments: Type.Array(Segment, {
      description: 'Nights between changes; empty with too few nights.',
    }),
    noise: nullable(
      'Relative standard deviation from night to night; null for deterministic measures or too few nights.',
    ),
    trend: Type.Optional(
      Type.Object(
        {
          since: count('First night of the trend.'),
          perNight: number('Factor per night.'),
          low: number('Lower limit of its 95 % interval.'),
          high: number('Upper limit.'),
          pValue: number('Of the Mann-Kendall test.'),
        },
        {
          ...closed,
          description:
            'A trend since the last change, too weak for a change: an early sign. Absent unless its p-value is small.',
        },
      ),
    ),
    nightsNeeded: Type.Optional(
      count('Further nights needed to detect changes; absent if there are enough.'),
    ),
  },
  { ...closed, description: 'One number of one problem and optimizer, night by night.' },
);

const MachineHistory = Type.Object(
  {
    machine: text('Name of what timings depend on; timings of different machines are not compared.'),
    nights: Type.Array(Night, { minItems: 1, description: 'In commit order, oldest first.' }),
    measures: Type.Array(Measure, { description: 'Those of the last night first, in its order.' }),
  },
  { ...closed, description: 'The history on one kind of machine.' },
);

export const historyReportSchema = Type.Object(
  {
    format: Type.Literal(HISTORY_REPORT_FORMAT),
    schemaVersion: Type.Literal(HISTORY_REPORT_SCHEMA_VERSION, { description: 'Version of this format.' }),
    created: text('Creation date: ISO 8601.'),
    tool: Type.Object({ name: text('gaussmark'), version: text('Its version.') }, closed),
    title: text('Heading.'),
    repository: Type.Optional(
      Type.String({ pattern: '^https://', description: 'Base URL of commits: they are at /commit/<hash>.' }),
    ),
    machines: Type.Array(MachineHistory, { description: 'Latest measured machine first.' }),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:gaussmark:schema:history-report:1',
    title: 'Gaussmark history',
    description: 'Nightly measures and their changes.',
    ...closed,
  },
);

export type HistoryReport = Static<typeof historyReportSchema>;
export type MachineHistory = Static<typeof MachineHistory>;
export type HistoryMeasure = Static<typeof Measure>;
export type HistoryNight = Static<typeof Night>;
export type HistoryPoint = Static<typeof Point>;
export type HistoryChange = Static<typeof Change>;
export type HistorySegment = Static<typeof Segment>;
