// Numbers, commands and ticks as readers see them.

import { execFileSync } from 'node:child_process';
import {
  formatBytes,
  formatCommand,
  formatFactor,
  formatNumber,
  formatSeconds,
} from '@gaussmark/analysis/words';
import { escapeInvisible } from '@gaussmark/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTick, ticksOf, widen } from '../src/client/charts/axes.js';

describe('numbers', () => {
  it.each([
    [0.08349, '0.0835'],
    [1.3e-4, '1.30e-4'],
    [0.001, '0.00100'],
    [99999.6, '1.00e5'],
    [123456, '1.23e5'],
    [99.96, '100.0'],
    [-2.5, '-2.50'],
    [0, '0'],
    [null, '–'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%s', (value, text) => expect(formatNumber(value)).toBe(text));

  it('times, factors and sizes have their unit', () => {
    expect([3.51e-5, 0.0042, 12.34, 840, 9000].map(formatSeconds)).toEqual([
      '35.1 µs',
      '4.20 ms',
      '12.3 s',
      '14.0 min',
      '2.50 h',
    ]);
    expect([0.912, 12.4, 1202].map(formatFactor)).toEqual(['0.912×', '12.4×', '1,202×']);
    expect(formatBytes(16 * 2 ** 30)).toBe('16.0 GiB');
  });

  it('commands can be pasted into a shell', () => {
    expect(formatCommand(['gaussmark', 'run', '--optimizer', "sgn[a='b']"])).toBe(
      `gaussmark run --optimizer 'sgn[a='\\''b'\\'']'`,
    );
  });

  it('commands leave the home directory, which reports do not name, to the shell', () => {
    const command = formatCommand([
      'bench',
      '--problem',
      "~/Tom's/a b.json[batchSize=9]",
      '--out',
      '~/out',
      '~',
    ]);
    const seen = execFileSync('bash', ['--norc', '-c', `printf '%s\\n' ${command}`], {
      env: { HOME: '/home/ada' },
      encoding: 'utf8',
    });
    expect(seen.split('\n').slice(2, 6)).toEqual([
      "/home/ada/Tom's/a b.json[batchSize=9]",
      '--out',
      '/home/ada/out',
      '~',
    ]);
  });

  it('commands come back from a shell as the same arguments', () => {
    const words = fc.array(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', "'", '\\', '$x', '\x1b[2J', '~', '\n'),
      ),
    );
    fc.assert(
      fc.property(words, (words) => {
        const sent = words.map((word) => word.replace(/[\0\p{Cs}]/gu, ''));
        const script = `printf '%s\\0' ${formatCommand(sent)}`;
        const seen = execFileSync('bash', ['--norc', '-c', script], {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { LC_ALL: 'C.UTF-8' },
          encoding: 'utf8',
        });
        expect(seen.split('\0').slice(0, -1)).toEqual(sent.length === 0 ? [''] : sent);
        expect(escapeInvisible(formatCommand(sent))).toBe(formatCommand(sent));
      }),
      { numRuns: 50 },
    );
  });
});

describe('ticks', () => {
  it('are round and inside the extent', () => {
    expect(ticksOf({ min: 0, max: 4200 }, false)).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(ticksOf({ min: 0.05, max: 0.31 }, false)).toEqual([0.1, 0.2, 0.3]);
    expect(ticksOf({ min: 8e-5, max: 3 }, true)).toEqual([1e-4, 1e-3, 1e-2, 0.1, 1]);
    expect(ticksOf({ min: 0.07, max: 3 }, true)).toEqual([0.1, 0.2, 0.5, 1, 2]);
    expect(ticksOf({ min: 0.029, max: 3.1 }, true)).toEqual([0.03, 0.1, 0.3, 1, 3]);
    expect(ticksOf({ min: 0.012, max: 0.03 }, true)).toEqual([0.015, 0.02, 0.025, 0.03]);
  });

  it('are written as powers where they are small or big', () => {
    expect([1e-4, 3e-5, 0.25, 2000, 1e6].map(formatTick)).toEqual(['10⁻⁴', '3·10⁻⁵', '0.25', '2,000', '10⁶']);
  });

  it('an extent of one value is widened', () => {
    expect(widen({ min: 2, max: 2 }, false, 0.1)).toEqual({ min: 1.8, max: 2.2 });
    expect(widen({ min: 0, max: 0 }, false, 0.1)).toEqual({ min: -1, max: 1 });
    expect(widen({ min: 1, max: 100 }, true, 0.5)).toEqual({ min: 0.1, max: 1000 });
  });
});
