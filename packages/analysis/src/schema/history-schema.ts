// The history document, history.json: what was measured night by night, and where it changed.

import Type, { type Static } from 'typebox';
import { CHANGE_VERDICTS, HISTORY_REPORT_FORMAT, HISTORY_REPORT_SCHEMA_VERSION } from './vocabulary.js';

export type { ChangeVerdict } from './vocabulary.js';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const number = (description: string) => Type.Number({ description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const numberOrNull = (description: string) => orNull(Type.Number(), description);
const textOrNull = (description: string) => orNull(Type.String(), description);

const Night = Type.Object(
  {
    created: text('When it was measured: ISO 8601.'),
    commit: textOrNull('Commit of the code; null without git.'),
    subject: textOrNull("First line of the commit's message."),
    date: textOrNull('When it was committed: ISO 8601.'),
    dirty: orNull(Type.Boolean(), 'Whether the working tree differed from the commit.'),
  },
  { ...closed, description: 'One snapshot.' },
);

const Point = Type.Object(
  {
    night: count('Index of the night.'),
    value: numberOrNull('What was measured; null where it was not finite or a target was not reached.'),
    low: Type.Optional(number('Lower limit of the 95 % interval of a median of samples.')),
    high: Type.Optional(number('Upper limit.')),
    samples: Type.Optional(count('Samples behind the median.')),
  },
  { ...closed, description: 'A measure on one night.' },
);

const Change = Type.Object(
  {
    kind: Type.Enum(['step', 'drift'], {
      description: 'Between two nights, or slowly over many.',
    }),
    start: count(
      'Night of the first value at the new level, or at which the drift begins. Found in noise, it may be a night or two off.',
    ),
    end: count('Night of the last value of a drift; `start` for a step.'),
    before: numberOrNull('Fitted value before the change, at the start of the drift.'),
    after: numberOrNull('Fitted value after it.'),
    ratio: numberOrNull('After / before; null where that says nothing (a value of 0, or none).'),
    low: Type.Optional(number('Lower limit of the 95 % interval of the ratio; absent without noise.')),
    high: Type.Optional(number('Upper limit.')),
    pValue: Type.Optional(
      number('Chance of so large a change in noise alone, two-sided; absent without noise.'),
    ),
    verdict: Type.Enum(CHANGE_VERDICTS, { description: 'What it means.' }),
    acknowledged: Type.Optional(
      text('Why it is as it should be, in the words of who acknowledged it; absent if nobody did.'),
    ),
  },
  { ...closed, description: 'A change of a measure.' },
);

const Segment = Type.Object(
  {
    start: count('First night.'),
    end: count('Last night.'),
    first: number('Fitted value on the first night.'),
    last: number('Fitted value on the last one.'),
  },
  { ...closed, description: 'Nights between changes: a level, or a drift.' },
);

const Measure = Type.Object(
  {
    id: text('problem/optimizer/quantity.'),
    problem: text('Name of the problem.'),
    optimizer: textOrNull('The optimizer; null for what a problem measures without one.'),
    quantity: text('What was measured, in words.'),
    tier: Type.Enum(['hard', 'timed'], { description: 'Whether the number has noise.' }),
    unit: text('s, B, flop; empty for a plain count or a loss.'),
    better: Type.Enum(['lower', 'higher', 'same'], { description: 'Which way is better.' }),
    points: Type.Array(Point, { description: 'In the order of the nights.' }),
    changes: Type.Array(Change, { description: 'In the order of the nights.' }),
    segments: Type.Array(Segment, {
      description: 'What the changes divide the nights into; none where nights are too few.',
    }),
    noise: numberOrNull(
      'Relative standard deviation from night to night; null without noise, or where nights are too few to tell.',
    ),
    trend: Type.Optional(
      Type.Object(
        {
          since: count('The night from which on.'),
          perNight: number('Factor per night.'),
          low: number('Lower limit of its 95 % interval.'),
          high: number('Upper limit.'),
          pValue: number('Of the Mann-Kendall test.'),
        },
        {
          ...closed,
          description:
            'A trend since the last change, too weak to be one: an early sign. Absent unless its p-value is small.',
        },
      ),
    ),
    nightsNeeded: Type.Optional(
      count('Nights that are missing until changes can be looked for; absent if none are.'),
    ),
  },
  { ...closed, description: 'One number of one problem and optimizer, night by night.' },
);

const MachineHistory = Type.Object(
  {
    machine: text('What timings depend on, as a name: timings of different machines are not compared.'),
    nights: Type.Array(Night, { minItems: 1, description: 'In the order of the commits, oldest first.' }),
    measures: Type.Array(Measure, { description: 'Of the last night first, in its order.' }),
  },
  { ...closed, description: 'The history on one kind of machine.' },
);

export const historyReportSchema = Type.Object(
  {
    format: Type.Literal(HISTORY_REPORT_FORMAT),
    schemaVersion: Type.Literal(HISTORY_REPORT_SCHEMA_VERSION, { description: 'Version of this format.' }),
    created: text('When this document was made: ISO 8601.'),
    tool: Type.Object({ name: text('gaussmark'), version: text('Its version.') }, closed),
    title: text('Heading.'),
    repository: Type.Optional(
      Type.String({ pattern: '^https://', description: 'Where the commits can be seen, at /commit/<hash>.' }),
    ),
    machines: Type.Array(MachineHistory, { description: 'The one measured last first.' }),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:gaussmark:schema:history-report:1',
    title: 'Gaussmark history',
    description: 'What was measured night by night, and where it changed.',
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
