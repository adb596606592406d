// The accounting identity, on a clock that only the engine's work advances.

import type { Buffer, Engine, Executable } from '@gaussmark/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { makePlan } from '../../harness/src/plan/plan.js';
import { WORKSPACE, workspaceRegistry } from '../../harness/test/fixtures.js';
import { accountFor, phaseSeconds } from '../src/accounting.js';
import { runCell } from '../src/run-cell.js';

/** The clock of runs is captured at import. */
const fake = vi.hoisted(() => {
  const clock = { ms: 0, real: performance.now };
  performance.now = () => clock.ms;
  return clock;
});
afterAll(() => {
  performance.now = fake.real;
});

/** An engine that takes time for everything it does, beside what it really takes. */
function slow(engine: Engine): Engine {
  const late = (ms: number) => {
    fake.ms += ms;
  };
  const read = (buffer: Buffer) => {
    const real = buffer.read.bind(buffer);
    return Object.assign(buffer, {
      read: () => {
        late(0.125);
        return real();
      },
    });
  };
  return Object.assign(Object.create(engine) as Engine, {
    info: engine.info,
    upload: (value: Parameters<Engine['upload']>[0]) => {
      late(3);
      return read(engine.upload(value));
    },
    adopt: undefined,
    allocate: (type: Parameters<Engine['allocate']>[0]) => read(engine.allocate(type)),
    compile: async (...args: Parameters<Engine['compile']>): Promise<Executable> => {
      late(50);
      const executable = await engine.compile(...args);
      return Object.assign(Object.create(executable) as Executable, {
        program: executable.program,
        run: async (...buffers: Parameters<Executable['run']>) => {
          late(1);
          const results = await executable.run(...buffers);
          return results.map(read);
        },
        dispose: () => executable.dispose(),
      });
    },
    dispose: async () => {
      late(7);
      await engine.dispose();
    },
  });
}

async function secondsOf(optimizer: string, budget: { steps: number } | { seconds: number }) {
  const request = { problems: ['boston'], optimizers: [optimizer], seeds: [1], budget };
  const { cells } = await makePlan(request, await workspaceRegistry(), locationsOf(WORKSPACE));
  const { seconds } = await runCell(cells[0]!, locationsOf(WORKSPACE), { onEvent: () => {}, observe: slow });
  return seconds;
}

describe('load, compile, train, evaluate and record add up to the wall clock', () => {
  it.each([
    ['of steps, some of them in one call', 'sgd', { steps: 230 }],
    ['that drops a step beyond its budget', 'sgd', { seconds: 0.0205 }],
    ['with an inner loop, timed after training', 'sgn', { steps: 3 }],
  ] as const)('in a run %s', async (_, optimizer, budget) => {
    const seconds = await secondsOf(optimizer, budget);
    expect(seconds.total).toBeGreaterThan(0.1);
    expect(phaseSeconds(seconds)).toBeCloseTo(seconds.total, 9);
    for (const phase of ['compile', 'train', 'evaluate', 'record'] as const)
      expect(seconds[phase], phase).toBeGreaterThan(0);
  });
});

describe('a run whose phases miss its wall clock by more than 1 % is marked', () => {
  const seconds = { load: 1, compile: 1, train: 6, evaluate: 1, record: 0.5, total: 9.5 };

  it('with what is missing', () => {
    expect(accountFor({ ...seconds, train: 4 }, { startup: 0.25, wall: 10 })).toEqual({
      ...seconds,
      train: 4,
      load: 1.25,
      record: 0.75,
      total: 10,
      unaccounted: 2,
    });
  });

  it('and not for a busy machine that delivers the first sign of life late', () => {
    expect(accountFor(seconds, { startup: 3, wall: 10 })).toEqual({ ...seconds, load: 1.5, total: 10 });
    // Two processes may differ a little on the same clock.
    expect(accountFor(seconds, { startup: 3, wall: 9.49 })).toEqual({ ...seconds, total: 9.49 });
  });

  it('with what counts twice', () => {
    expect(accountFor({ ...seconds, train: 8 }, { startup: 0.25, wall: 10 }).unaccounted).toBe(-2);
  });

  it('and others are not, whatever they say', () => {
    const within = { ...seconds, train: 5.95, unaccounted: 3 };
    expect(accountFor(within, { startup: 0.25, wall: 10 })).not.toHaveProperty('unaccounted');
  });
});
