// The snapshot: the measures of one revision on one machine. The source of its types and its validation.

import path from 'node:path';
import type { ReportEnvironment } from '@gaussmark/analysis';
import { reportSchema } from '@gaussmark/analysis/schema';
import { GaussmarkError, type JsonValue, readJson, validator } from '@gaussmark/core';
import Type, { type Static } from 'typebox';
import { CoveredHyperparameterSchema } from './coverage-report.js';

export const SNAPSHOT_FORMAT = 'gaussmark-snapshot';

/** Bumped when old readers could misread a snapshot, but not for additions they may ignore. */
export const SNAPSHOT_SCHEMA_VERSION = 1;

/**
 * `hard`: deterministic, so a difference beyond the tolerance is a change of the code. `timed`: seconds, with noise.
 */
export const TIERS = ['hard', 'timed'] as const;

/** Which direction is better; `same`: neither, any change needs an explanation. */
export const DIRECTIONS = ['lower', 'higher', 'same'] as const;

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ minLength: 1, description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });
const when = { pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$' };

export const MeasureSchema = Type.Object(
  {
    id: name('problem/optimizer/quantity; the same measure has the same id in every snapshot.'),
    problem: name('Name of the problem.'),
    optimizer: orNull(
      Type.String({ minLength: 1 }),
      'The optimizer as the suite writes it (name[key=value]); for the problem "coverage", a setting of any plugin; null for measures of a problem without an optimizer.',
    ),
    quantity: name('What was measured, in words: loss after 10 steps.'),
    tier: Type.Enum(TIERS, { description: 'Whether the number has noise.' }),
    unit: Type.String({ description: 's, B, flop; empty for a plain count or a loss.' }),
    better: Type.Enum(DIRECTIONS, { description: 'Which way is better.' }),
    value: orNull(
      Type.Number(),
      'Hard: the number; null where it was not finite, or a target was not reached. Timed: the median of the samples.',
    ),
    tolerance: Type.Optional(
      Type.Object(
        {
          relative: Type.Number({ minimum: 0, description: 'Of the value that it is compared with.' }),
          absolute: Type.Number({ minimum: 0, description: 'In the unit of the value.' }),
        },
        {
          ...closed,
          description: 'Hard: changes up to the larger of the two do not count. Exact if absent.',
        },
      ),
    ),
    samples: Type.Optional(
      Type.Array(Type.Number({ minimum: 0 }), {
        minItems: 1,
        description:
          'Timed: seconds of one call in each round; element r of all measures is of the same round.',
      }),
    ),
    clock: Type.Optional(
      Type.Enum(['wall', 'cpu'], {
        description: 'Timed: wall-clock time, or processor time of the process.',
      }),
    ),
  },
  { ...closed, description: 'One number of one problem and optimizer.' },
);

export const RevisionSchema = Type.Object(
  {
    commit: orNull(Type.String({ pattern: '^[0-9a-f]{7,64}$' }), 'Commit of the code; null without git.'),
    subject: orNull(Type.String(), "The first line of the commit's message."),
    date: orNull(Type.String(when), 'When it was committed: ISO 8601.'),
    dirty: orNull(Type.Boolean(), 'Whether the working tree differed from the commit.'),
  },
  { ...closed, description: 'What code was measured.' },
);

export const MachineSchema = Type.Object(
  {
    class: Type.String({
      pattern: '^[a-z0-9][a-z0-9._-]*$',
      description:
        'What timings depend on, as a name fit for a file: only timings of one class are compared.',
    }),
    environment: reportSchema.properties.environment,
  },
  { ...closed, description: 'Where it was measured.' },
);

export const snapshotSchema = Type.Object(
  {
    format: Type.Literal(SNAPSHOT_FORMAT),
    schemaVersion: Type.Literal(SNAPSHOT_SCHEMA_VERSION, { description: 'Version of this format.' }),
    created: Type.String({ ...when, description: 'When it was measured: ISO 8601.' }),
    tool: name('Version of gaussmark.'),
    revision: RevisionSchema,
    machine: MachineSchema,
    suite: Type.Object(
      {
        profile: name('Name of the profile that was measured, or what was asked for in its place.'),
        cells: Type.Array(
          Type.Object(
            {
              problem: name('Name of the problem.'),
              optimizer: name('The optimizer as the profile writes it.'),
              engine: name('The engine with its settings.'),
              steps: count('Steps that were taken for the hard measures.'),
              settings: Type.Record(Type.String(), Type.Unsafe<JsonValue>({}), {
                description:
                  'All hyperparameters with their values, defaults filled in; those of the model and the dataset as mlp.hidden.',
              }),
            },
            closed,
          ),
        ),
        skipped: Type.Array(
          Type.Object({ problem: name('Name of the problem.'), reason: Type.String() }, closed),
          { description: 'What was left out, and why.' },
        ),
      },
      { ...closed, description: 'What was measured.' },
    ),
    measures: Type.Array(MeasureSchema, { description: 'Ids are unique.' }),
    coverage: Type.Optional(
      Type.Array(CoveredHyperparameterSchema, {
        description: 'Every hyperparameter of what was covered; absent if settings were not tried.',
      }),
    ),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:gaussmark:schema:snapshot:1',
    title: 'Gaussmark snapshot',
    description:
      'What one revision measures on one machine, to be compared with another or appended to a history.',
    ...closed,
  },
);

export type Snapshot = Static<typeof snapshotSchema>;
export type Measure = Static<typeof MeasureSchema>;
export type Revision = Static<typeof RevisionSchema>;
export type Machine = Static<typeof MachineSchema>;
export type Tier = (typeof TIERS)[number];
export type Direction = (typeof DIRECTIONS)[number];

/** `boston/sgn[cgIterations=3]/loss after 10 steps` */
export function measureId({
  problem,
  optimizer,
  quantity,
}: Pick<Measure, 'problem' | 'optimizer' | 'quantity'>): string {
  return [problem, ...(optimizer === null ? [] : [optimizer]), quantity].join('/');
}

/**
 * A readable key of what timings depend on: processor, cores, memory, system, Node's major version, engine, provider, threads.
 *
 * @param engine its info
 * @example
 * 'amd-epyc-2-cores-23-gib-linux-x64-node-20-onnxruntime-1.30.0-cpu-1-thread'
 */
export function machineClass(
  { cpu, cores, memoryBytes, os, arch, node }: Omit<ReportEnvironment, 'gitCommit' | 'gitDirty'>,
  engine: Readonly<Record<string, string | number | boolean>>,
): string {
  const { threads } = engine;
  return [
    cpu.replaceAll(/\((R|TM|C)\)/gi, ' ').replace(/\b(CPU|Processor)\b/gi, ' '),
    `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    `${Math.round(memoryBytes / 2 ** 30)} GiB`,
    os.split(' ')[0]!,
    arch,
    `node ${node.split('.')[0]}`,
    String(engine.engine ?? ''),
    String(engine.version ?? ''),
    String(engine.provider ?? ''),
    threads === undefined ? '' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
  ]
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll(/[^a-z0-9.]+/g, '-')
        .replaceAll(/^[-.]+|[-.]+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('-');
}

const schemaIssues = validator(snapshotSchema);

/**
 * Validates a snapshot.
 *
 * @param place its origin, for errors
 * @throws GaussmarkError with every issue and its pointer
 */
export function validateSnapshot(document: unknown, place: string): Snapshot {
  const { schemaVersion: version, runs } = (document ?? {}) as Partial<Record<string, unknown>>;
  if (runs !== undefined) {
    throw new GaussmarkError(`${place} is a report, not a snapshot`, {
      remedy: "make a snapshot with 'bench snapshot'",
    });
  }
  if (typeof version === 'number' && version > SNAPSHOT_SCHEMA_VERSION) {
    throw new GaussmarkError(`${place} is a snapshot of a newer gaussmark`, {
      expected: `schemaVersion ${SNAPSHOT_SCHEMA_VERSION}`,
      got: String(version),
      remedy: 'read it with the version that made it, or measure again with this one',
    });
  }
  const issues = schemaIssues(document);
  if (issues.length === 0) {
    const snapshot = document as Snapshot;
    const seen = new Set<string>();
    for (const [index, { id }] of snapshot.measures.entries()) {
      if (seen.has(id)) {
        const expected = 'a unique id';
        issues.push({ pointer: `/measures/${index}/id`, expected, got: `'${id}'` });
      }
      seen.add(id);
    }
  }
  if (issues.length === 0) return document as Snapshot;
  throw new GaussmarkError(`${place} is not a snapshot`, {
    issues,
    remedy: "make one with 'bench snapshot --out FILE'",
  });
}

/** @throws GaussmarkError if the file cannot be read, or is not a snapshot */
export async function readSnapshot(file: string, cwd: string): Promise<Snapshot> {
  return validateSnapshot(await readJson(path.resolve(cwd, file), { label: file }), file);
}

/** The text of a snapshot's file. */
export function renderSnapshot(snapshot: Snapshot): string {
  return `${JSON.stringify(snapshot, null, 1)}\n`;
}
