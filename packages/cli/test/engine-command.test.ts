// `bench engine`, with a toy engine that is correct, wrong or crashes, and has a part to install.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkProgram, printProgram } from '@gaussmark/autodiff';
import type { EngineReport } from '@gaussmark/engine-conformance';
import { beforeAll, describe, expect, it } from 'vitest';
import { stepCases } from '../../engine-conformance/src/step-cases.js';
import { locationsOf } from '../../harness/src/plan/locations.js';
import {
  temporaryDirectory,
  WORKSPACE,
  workspaceRegistry,
  writeModule,
} from '../../harness/test/fixtures.js';
import { benchHere, EXECUTABLE } from './bench.js';

const directory = temporaryDirectory();
const run = (...args: string[]) => benchHere(['engine', ...args, '--plugin', './toy'], directory.path);

/** An engine in plain JavaScript. */
const ENGINE = `
import { sizeOf, toData } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { GaussmarkError } from '@gaussmark/core';

const buffer = (type, data) => ({ type, data, async read() { return data; }, write(v) { data.set(v); }, dispose() {} });
const has = ({ equations }, primitive) => equations.some((equation) => equation.primitive === primitive);

const create = async ({ fault }) => {
  if (fault === 'start') throw new GaussmarkError('there is no such device', { remedy: 'buy one' });
  return {
    info: { engine: 'toy', version: '7', fault },
    ...(fault === 'declared' ? { unsupported: (program) => (has(program, 'sin') ? 'has no sine' : null) } : {}),
    async compile(program, { onIteration, loops } = {}) {
      if (fault === 'declared' && has(program, 'sin')) throw new GaussmarkError('no sine');
      return {
        program,
        async run(inputs, outputs) {
          if (fault === 'abort' && has(program, 'log')) process.abort();
          const values = evaluate(program, inputs);
          if (fault === 'value' && has(program, 'tanh')) values[0].data.fill(0.5);
          if (outputs === undefined) return values.map(({ type, data }) => buffer(type, data.slice()));
          values.forEach(({ data }, i) => outputs[i].write(data));
          return outputs;
        },
        async dispose() {},
      };
    },
    allocate: (type) => buffer(type, toData(type.dtype, new Array(sizeOf(type.shape)).fill(0))),
    upload: ({ type, data }) => buffer(type, data.slice()),
    async dispose() {},
  };
};

export default {
  create,
  async backends() {
    return [
      { hyperparameters: { fault: 'none' }, available: true, details: { device: 'paper and pencil' } },
      { hyperparameters: { fault: 'start' }, available: false, reason: 'there is no such device', remedy: 'buy one' },
    ];
  },
  installers: {
    abacus: {
      summary: 'wooden beads',
      describe: async ({ gpu }) => ({
        directory: '/opt/abacus',
        downloads: [
          { name: 'beads 1.0', from: 'a carpenter', bytes: gpu ? 9e8 : 2.5e6 },
          { name: 'wires 2.0', from: 'a smith', bytes: 5e5 },
        ],
        needs: ['hands'],
        ...(gpu ? { present: 'an abacus of the neighbour' } : {}),
      }),
      install: async ({ gpu }, { onProgress }) => {
        onProgress('threading beads');
        if (gpu) throw new GaussmarkError('the beads do not fit', { remedy: 'take fewer' });
        return { directory: '/opt/abacus', found: 'ten beads on a wire' };
      },
    },
  },
};
`;

beforeAll(() =>
  writeModule(directory.path, 'engine', 'toy', ENGINE, {
    hyperparameters: {
      type: 'object',
      properties: {
        fault: {
          enum: ['none', 'value', 'abort', 'start', 'declared'],
          default: 'none',
          description: 'What is wrong.',
        },
      },
    },
  }),
);

describe('bench engine list', () => {
  it('lists engines that run, and remedies for the others', async () => {
    const { code, stdout, stderr } = await run('list');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/toy\[fault=none\] +ready +device paper and pencil/);
    expect(stdout).toMatch(/toy\[fault=start\] .* there is no such device\n +to fix: buy one/);
    expect(stdout).toContain('bench engine install abacus: wooden beads');
    expect(stdout).toMatch(/onnxruntime\S* +ready/);
  });

  it('prints JSON', async () => {
    const { backends } = JSON.parse((await run('list', '--json')).stdout) as { backends: object[] };
    expect(backends).toContainEqual({
      engine: 'toy',
      selection: 'toy[fault=start]',
      hyperparameters: { fault: 'start' },
      available: false,
      reason: 'there is no such device',
      remedy: 'buy one',
    });
  });
});

describe('bench engine check', () => {
  const check = async (fault: string, ...rest: string[]) => {
    const finished = await run('check', '--no-steps', '--json', '--engine', `toy[fault=${fault}]`, ...rest);
    const document = JSON.parse(finished.stdout) as { ok: boolean; engines: EngineReport[] };
    return { ...finished, ok: document.ok, report: document.engines[0]! };
  };

  it('finds exactly the wrong values', async () => {
    const { code, ok, report } = await check('value');
    expect([code, ok]).toEqual([1, false]);
    expect(report).toMatchObject({ engine: 'toy[fault=value]', info: { version: '7' } });
    const wrong = report.subjects.filter(({ failures }) => failures.length > 0).map(({ subject }) => subject);
    // The toy has no hosted loops, so counted ones fail.
    expect(wrong).toEqual(['tanh', 'while', 'random numbers']);
    const reasons = report.subjects
      .find(({ subject }) => subject === 'tanh')!
      .failures.map(({ reason }) => reason);
    expect(reasons[0]).toMatch(/float32\[3,5\].*\[0,0\].*\b0\.5$/);
  });

  it('accepts declared unsupported primitives', async () => {
    const { report } = await check('declared');
    expect(report.subjects.find(({ subject }) => subject === 'sin')).toMatchObject({
      passed: 0,
      failures: [],
      unsupported: [{ reason: 'has no sine' }],
    });
  });

  it('survives an engine that aborts, and names the case', async () => {
    const { code, report, stderr } = await check('abort');
    expect(code).toBe(1);
    expect(report.ended).toMatch(/SIGABRT.* log, float32, \[3,5\]/);
    expect(report.subjects.find(({ subject }) => subject === 'exp')).toMatchObject({ passed: 14 });
    expect(stderr).toContain(report.ended!.split('\n')[0]);
  });

  it('reports why an engine does not start', async () => {
    const { code, report } = await check('start');
    expect([code, report.subjects]).toEqual([1, []]);
    expect(report.ended).toContain('there is no such device');
  });

  it('replaces only the text between the markers', async () => {
    const page = path.join(directory.path, 'page.md');
    const marks = ['<!-- bench engine check: begin -->', '<!-- bench engine check: end -->'] as const;
    await writeFile(page, `# Mine\n\n${marks[0]}\nold\n${marks[1]}\n\nMine too.\n`);
    const { stdout } = await run('check', '--no-steps', '--engine', 'toy', '--markdown', 'page.md');
    expect(stdout).toMatch(/^ +cast +✓ 16/m);
    const text = await readFile(page, 'utf8');
    expect(text.startsWith(`# Mine\n\n${marks[0]}\n\nGenerated by \`bench engine check`)).toBe(true);
    expect(text.endsWith(`${marks[1]}\n\nMine too.\n`)).toBe(true);
    expect(text).not.toContain('old');
    expect(text).toContain('| `cast` | 16 f32 f64 i32 bool |');
  });

  it('creates a file and its directory, with a command that a shell accepts', async () => {
    await run('check', '--no-steps', '--engine', 'toy', '--quiet', '--markdown', "new/it's.md");
    const text = await readFile(path.join(directory.path, "new/it's.md"), 'utf8');
    expect(text).toContain("--markdown 'new/it'\\''s.md' --plugin ./toy`.");
    expect(text).toContain('| `cast` | 16 f32 f64 i32 bool |');
  });

  it('rejects a file without markers, and checks nothing', async () => {
    await writeFile(path.join(directory.path, 'own.md'), 'Mine.\n');
    const { code, stderr } = await run('check', '--engine', 'toy', '--markdown', 'own.md');
    expect(code).toBe(2);
    expect(stderr).toMatch(/own\.md[\s\S]*expected: .*bench engine check: begin/);
    expect(await readFile(path.join(directory.path, 'own.md'), 'utf8')).toBe('Mine.\n');
  });
});

describe('bench engine install', () => {
  it('shows downloads, and installs nothing without a terminal to ask on', async () => {
    const { code, stdout, stderr } = await run('install', 'abacus');
    expect(code).toBe(2);
    expect(stdout).toContain('  downloads  beads 1.0 from a carpenter, about 2.5 MB\n');
    expect(stdout).toContain('about 3.0 MB\n  needs      hands\n  goes to    /opt/abacus\n');
    expect(stderr).toContain('--yes');
    expect(stderr).not.toContain('threading beads');
  });

  it('installs, or reports why not', async () => {
    const done = await run('install', 'abacus', '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '... threading beads\n' });
    expect(done.stdout).toMatch(/ten beads on a wire.*\/opt\/abacus/);
    const failed = await run('install', 'abacus', '--gpu', '--yes');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/error: the beads do not fit\n +to fix: +take fewer/);
  });

  // `script`, in its form for Linux, gives the command a terminal.
  it.skipIf(process.platform !== 'linux').each([
    ['y', 'y', 0, 'installed: ten beads on a wire'],
    ['n', 'n', 0, 'nothing installed'],
    ['Enter', '\r', 0, 'nothing installed'],
    ['Ctrl-D', '\x04', 130, 'nothing installed'],
    ['Ctrl-C', '\x03', 130, 'nothing installed'],
  ])('asks on a terminal, and accepts %s', async (_, keys, code, said) => {
    const command = `stty cols 80; '${process.execPath}' '${EXECUTABLE}' engine install abacus --plugin ./toy --no-color`;
    const env = { ...process.env, TERM: 'xterm' };
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: directory.path, env });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!screen.includes('Install it?') && (screen + text).includes('Install it?')) child.stdin.write(keys);
      screen += text;
    });
    const [ended] = await once(child, 'close');
    expect(screen).toContain(said);
    expect(screen).not.toContain('error');
    expect(ended).toBe(code);
  });

  it('suggests a part for a misspelled name', async () => {
    const { code, stderr } = await run('install', 'abakus');
    expect(code).toBe(2);
    expect(stderr).toMatch(/'abakus'.*'abacus'/);
  });
});

describe('steps as cases', () => {
  it('cover both optimizers, both dtypes, and fused and hosted loops', async () => {
    const cases = await stepCases(['boston'], await workspaceRegistry(), locationsOf(WORKSPACE));
    expect(cases.map(({ subject, dtype, loops }) => `${subject}, ${dtype}, ${loops}`)).toEqual([
      'sgd on boston, float32, fused',
      'sgn on boston, float32, fused',
      'sgn on boston, float32, hosted',
      'sgd on boston, float64, fused',
      'sgn on boston, float64, fused',
      'sgn on boston, float64, hosted',
    ]);
    for (const { program, inputs, updates } of cases) {
      checkProgram(program);
      expect(printProgram(program)).toContain(' = take ');
      expect(inputs.map(({ type }) => type)).toEqual(program.inputs.map(({ type }) => type));
      // Parameters and state are updates of inputs of their type; the counts, if any, and the metrics after them are not.
      expect(updates!.at(-1)).toBeNull();
      const carried = updates!.filter((input) => input !== null);
      expect(updates!.slice(0, carried.length)).toEqual(carried);
      for (const [i, input] of carried.entries()) {
        expect(program.outputs[i]!.type).toEqual(inputs[input]!.type);
      }
    }
  });
});
