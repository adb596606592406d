// The grid file: which backend runs a plan on many machines, and how. YAML, or JSON, which is YAML too.

import { defined, GaussmarkError, parseBytes, parseSeconds, readText, validator } from '@gaussmark/core';

/** The backends, by the name in a grid file. */
export const BACKENDS = ['local', 'slurm', 'bullmq'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What every backend understands. Times are seconds, memory is bytes. */
export interface CommonSettings {
  /** Blocks at once, over all machines. */
  readonly parallel: number;
  /** Threads of the engine; absent: those of the plan. */
  readonly threads?: number;
  /** How often a lost block is submitted again. */
  readonly retries: number;
  /** Failed runs that end the grid; absent: none do. */
  readonly maxFailures?: number;
  /** Allowed for the start of a block, on top of the limits of its runs. */
  readonly startup: number;
}

/** What a block asks of Slurm. */
export interface SlurmResources {
  readonly account?: string;
  readonly partition?: string;
  readonly qos?: string;
  readonly constraint?: string;
  readonly reservation?: string;
  readonly gres?: string;
  /** Processors; absent: the threads of the engine. */
  readonly cpus?: number;
  readonly memory?: number;
  /** Whether a block has its node to itself, for timings. */
  readonly exclusive?: boolean;
}

export interface SlurmSettings extends SlurmResources {
  /** Whether Slurm starts a preempted block, or one of a lost node, again. */
  readonly requeue: boolean;
  /** Shell lines before the worker: modules, environments. */
  readonly setup: readonly string[];
  /** What single optimizers need besides, by name. A block needs what any of its optimizers needs. */
  readonly optimizers: Readonly<Record<string, SlurmResources>>;
}

export interface QueueSettings {
  /** `redis://host:6379`; without a password, which comes from GAUSSMARK_REDIS_PASSWORD. */
  readonly url: string;
  /** Name of the queue. */
  readonly queue: string;
  /** Prefix of every key in Redis. */
  readonly prefix: string;
}

/** A grid file with defaults filled in. JSON. */
export type GridSettings =
  | (CommonSettings & { readonly backend: 'local' })
  | (CommonSettings & SlurmSettings & { readonly backend: 'slurm' })
  | (CommonSettings & QueueSettings & { readonly backend: 'bullmq' });

const TEXT = { type: 'string', minLength: 1, pattern: '^[^\\u0000-\\u001f]*$' };
const FLAG = { type: 'boolean' };
const count = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum });
/** Whole seconds, or a text with a unit. */
const TIME = { type: ['integer', 'string'], minimum: 1 };

const COMMON = {
  backend: { enum: BACKENDS },
  parallel: count(1, 100_000),
  threads: count(1, 1024),
  retries: count(0, 1000),
  maxFailures: count(1, 100_000),
  startup: TIME,
};

/** How many blocks run at once is how many workers there are. */
const { parallel: _, ...QUEUED } = COMMON;
const REDIS_URL = { type: 'string', pattern: '^rediss?://[^ ]+$' };
/** A part of Redis's keys. */
const NAME = { type: 'string', pattern: '^[A-Za-z0-9_.-]+$' };

const RESOURCES = {
  account: TEXT,
  partition: TEXT,
  qos: TEXT,
  constraint: TEXT,
  reservation: TEXT,
  gres: TEXT,
  cpus: count(1, 1024),
  memory: TEXT,
  exclusive: FLAG,
};

const closed = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const ISSUES = {
  local: validator(closed(COMMON, ['backend'])),
  slurm: validator(
    closed(
      {
        ...COMMON,
        ...RESOURCES,
        requeue: FLAG,
        setup: { type: 'array', items: { type: 'string' } },
        optimizers: { type: 'object', additionalProperties: closed(RESOURCES) },
      },
      ['backend'],
    ),
  ),
  bullmq: validator(closed({ ...QUEUED, url: REDIS_URL, queue: NAME, prefix: NAME }, ['backend', 'url'])),
} satisfies Readonly<Record<BackendName, ReturnType<typeof validator>>>;

const backendIssues = validator({
  type: 'object',
  properties: { backend: COMMON.backend },
  required: ['backend'],
});

/** The password of Redis, so that no file holds it. */
export const PASSWORD_VARIABLE = 'GAUSSMARK_REDIS_PASSWORD';
export const QUEUE_DEFAULTS = { queue: 'gaussmark', prefix: 'gaussmark' } as const;

/** Written values, before defaults. */
type Written = Readonly<Record<string, unknown>> & {
  readonly backend: BackendName;
  readonly memory?: unknown;
};

/**
 * Reads a grid file.
 *
 * @throws GaussmarkError if it cannot be read, is not YAML, or has an unknown key (with the nearest name) or a bad value
 */
export async function readGridFile(file: string, label = file): Promise<GridSettings> {
  return parseGrid(await readText(file, { label }), label);
}

/**
 * Parses the text of a grid file, as {@link readGridFile}.
 *
 * YAML 1.1 reads `10:30` as the number 630, YAML 1.2 as a text; here it is an error, so that nobody has to know.
 *
 * @throws GaussmarkError
 */
export async function parseGrid(text: string, label: string): Promise<GridSettings> {
  const { parseDocument } = await import('yaml');
  const parsed = parseDocument(text, { version: '1.2', prettyErrors: false, stringKeys: true });
  const [error] = [...parsed.errors, ...parsed.warnings];
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new GaussmarkError(`${label}, line ${line}: ${error.message}`, { file: label });
  }
  const document = JSON.parse(JSON.stringify(parsed.toJS() ?? null)) as unknown;
  const refuse = (issues: ReturnType<typeof backendIssues>) => {
    if (issues.length === 0) return;
    throw new GaussmarkError(`${label} is not a valid grid`, {
      file: label,
      issues,
      remedy: 'see docs/grid.md',
    });
  };
  refuse(backendIssues(document));
  const written = document as Written;
  refuse(ISSUES[written.backend](written));
  return settingsOf(written, label);
}

function settingsOf(written: Written, label: string): GridSettings {
  const common = {
    parallel: 1,
    retries: 2,
    ...written,
    startup: secondsOf(written.startup ?? 120, '/startup', label),
  } as CommonSettings;
  switch (written.backend) {
    case 'local':
      return { ...common, backend: 'local' };
    case 'slurm': {
      const { optimizers = {} } = written as { readonly optimizers?: Readonly<Record<string, Written>> };
      const needs = Object.entries(optimizers).map(([name, own]) => [
        name,
        { ...own, ...memoryOf(own, `/optimizers/${name}/memory`, label) },
      ]);
      return {
        requeue: true,
        setup: [],
        ...common,
        ...memoryOf(written, '/memory', label),
        optimizers: Object.fromEntries(needs),
        backend: 'slurm',
      } as GridSettings;
    }
    case 'bullmq': {
      const { url } = written as { readonly url?: unknown };
      if (new URL(String(url)).password !== '') {
        throw new GaussmarkError(`${label} is not a valid grid`, {
          file: label,
          pointer: '/url',
          expected: 'an address without a password, which files would keep',
          got: 'a password',
          remedy: `put it into the environment: ${PASSWORD_VARIABLE}`,
        });
      }
      return { ...QUEUE_DEFAULTS, ...common, backend: 'bullmq' } as GridSettings;
    }
  }
}

const memoryOf = ({ memory }: { readonly memory?: unknown }, pointer: string, label: string) =>
  defined({ memory: memory === undefined ? undefined : read(parseBytes, memory, pointer, label) });

function secondsOf(value: unknown, pointer: string, label: string): number {
  return Math.ceil(typeof value === 'number' ? value : read(parseSeconds, value, pointer, label));
}

/** Adds the place to the error of a parser. */
function read<T>(parse: (text: string) => T, value: unknown, pointer: string, label: string): T {
  try {
    return parse(String(value));
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    throw new GaussmarkError(`${label} is not a valid grid`, {
      file: label,
      pointer,
      expected: error.expected,
      got: JSON.stringify(value),
      cause: error,
    });
  }
}
