import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GaussmarkError, parseSelection } from '@gaussmark/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import csv, { type CsvHyperparameters } from '../src/csv.js';
import { sha256 } from '../src/files.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();

const HOUSES = 'id,area,rooms,price\n1,50,2,100\n2,80,3,160\n3,120,5,240\n4,60,2,120\n5,30,1,60\n';
const DEFAULTS: Omit<CsvHyperparameters, 'path'> = {
  task: 'regression',
  target: 'price',
  ignore: ['id'],
  testPath: null,
  testFraction: 0.2,
  splitSeed: 0,
  scaling: 'none',
  targetScaling: 'none',
  delimiter: ',',
  encoding: 'utf-8',
};

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(context.directory, name);
  await writeFile(path, content);
  return path;
}

async function load(content: string | Uint8Array, changes: Partial<CsvHyperparameters> = {}) {
  return csv.load({ ...DEFAULTS, path: await write('table.csv', content), ...changes }, context);
}

it.skipIf(process.platform === 'win32')('reads a path with ~ for the home, as reports write it', async () => {
  await write('home.csv', HOUSES);
  vi.stubEnv('HOME', context.directory);
  const { provenance } = await csv.load({ ...DEFAULTS, path: '~/home.csv' }, context);
  vi.unstubAllEnvs();
  expect(Object.values(provenance.checksums)).toEqual([sha256(Buffer.from(HOUSES))]);
});

/** The error, which must be the same from describe and load. */
async function errorOf(
  content: string | Uint8Array,
  changes: Partial<CsvHyperparameters> = {},
): Promise<GaussmarkError> {
  const hyperparameters = { ...DEFAULTS, path: await write('table.csv', content), ...changes };
  const [described, loaded] = await Promise.allSettled([
    csv.describe(hyperparameters, context),
    csv.load(hyperparameters, context),
  ]);
  if (described.status !== 'rejected' || loaded.status !== 'rejected') throw new Error('accepted');
  if (!(loaded.reason instanceof GaussmarkError)) throw loaded.reason;
  expect(described.reason.message).toBe(loaded.reason.message);
  expect(loaded.reason.message).toContain(hyperparameters.path);
  return loaded.reason;
}

const rowsOf = (values: ArrayLike<number>, width: number) =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from(values).slice(i * width, (i + 1) * width),
  );

describe('a regression', () => {
  it('reads features in file order and splits the rows', async () => {
    const { spec, train, test } = await load(HOUSES);
    expect(spec).toEqual({ task: 'regression', input: { shape: [2] }, target: { shape: [1] } });
    expect([train.size, test.size]).toEqual([4, 1]);
    const rows = [train, test].flatMap(({ inputs, targets }) =>
      rowsOf(inputs, 2).map((features, i) => [...features, targets[i]!]),
    );
    expect(rows.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [30, 1, 60],
      [50, 2, 100],
      [60, 2, 120],
      [80, 3, 160],
      [120, 5, 240],
    ]);
  });

  it('splits by seed', async () => {
    const many = `x,y\n${Array.from({ length: 100 }, (_, i) => `${i},${i}`).join('\n')}\n`;
    const testRows = async (splitSeed: number, testFraction = 0.2) =>
      (await load(many, { target: 'y', ignore: [], splitSeed, testFraction })).test.targets;
    expect(await testRows(3)).toEqual(await testRows(3));
    expect(await testRows(3)).not.toEqual(await testRows(4));
    expect((await testRows(3, 0.35)).length).toBe(35);
    expect((await testRows(3, 0.001)).length).toBe(1);
    expect((await testRows(3, 0.999)).length).toBe(99);
  });

  it('accepts several targets', async () => {
    const { spec, train } = await load(HOUSES, { target: ['price', 'rooms'], ignore: ['id'] });
    expect(spec).toEqual({ task: 'regression', input: { shape: [1] }, target: { shape: [2] } });
    for (const [i, [price, rooms]] of rowsOf(train.targets, 2).entries()) {
      expect(price).toBe(2 * train.inputs[i]!);
      expect(rooms).toBeLessThanOrEqual(5);
    }
  });

  it('reads a test file with columns in another order', async () => {
    const testPath = await write('test.csv', 'price,rooms,area,id\n14,1,7,9\n');
    const { train, test, provenance } = await load(HOUSES, { testPath });
    expect(train.size).toBe(5);
    expect([...test.inputs]).toEqual([7, 1]);
    expect([...test.targets]).toEqual([14]);
    expect(Object.keys(provenance.checksums)).toEqual(['table.csv', 'test.csv']);
  });

  it('fits the scaling on the training rows only', async () => {
    const testPath = await write('test.csv', 'x,c,y\n10,4,0\n');
    const { train, test } = await load('x,c,y\n1,7,2\n3,7,4\n', {
      target: 'y',
      ignore: [],
      testPath,
      scaling: 'standardize',
    });
    // x has mean 2 and population standard deviation 1; the constant column c is only shifted.
    expect(rowsOf(train.inputs, 2)).toEqual([
      [-1, 0],
      [1, 0],
    ]);
    expect([...test.inputs]).toEqual([8, -3]);
    expect([...train.targets]).toEqual([2, 4]);
  });

  it('divides each column, and on request the targets, by its largest absolute value', async () => {
    const testPath = await write('test.csv', 'x,z,y\n8,3,50\n');
    const changes = { target: 'y', ignore: [], testPath, scaling: 'max', targetScaling: 'max' } as const;
    const { train, test } = await load('x,z,y\n-4,0,10\n2,0,5\n', changes);
    expect(rowsOf(train.inputs, 2)).toEqual([
      [-1, 0],
      [0.5, 0],
    ]);
    expect([...test.inputs]).toEqual([2, 3]);
    expect([[...train.targets], [...test.targets]]).toEqual([[1, 0.5], [5]]);
  });

  it('handles a byte-order mark, CRLF, quotes, blank lines, spaces, unnamed columns, and tabs', async () => {
    const text = '\uFEFF\t"the x"\ty\r\n0\t "-1.5e2"\t 2 \r\n\r\n1\t.5\t+3.\r\n';
    const { train, test } = await load(text, { target: 'y', ignore: ['column 1'], delimiter: '\\t' });
    const pairs = [train, test].map(({ inputs, targets }) => [inputs[0], targets[0]]);
    expect(pairs.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [-150, 2],
      [0.5, 3],
    ]);
  });

  it('records its provenance', async () => {
    const { provenance } = await load(HOUSES);
    expect(provenance).toEqual({
      source: join(context.directory, 'table.csv'),
      license: "not known: the user's own file",
      checksums: { 'table.csv': sha256(new TextEncoder().encode(HOUSES)) },
    });
  });
});

describe('a classification', () => {
  const flowers = 'petal,kind\n1,setosa\n2,virginica\n3,setosa\n4,iris\n';
  const options = { task: 'classification', target: 'kind', ignore: [] } as const;

  it('numbers text labels in sorted order', async () => {
    const testPath = await write('test.csv', 'petal,kind\n9,iris\n9,virginica\n9,setosa\n');
    const { spec, train, test } = await load(flowers, { ...options, testPath });
    expect(spec).toEqual({
      task: 'classification',
      input: { shape: [1] },
      target: { shape: [] },
      classes: 3,
      classNames: ['iris', 'setosa', 'virginica'],
    });
    expect(train.targets).toEqual(Int32Array.of(1, 2, 1, 0));
    expect(test.targets).toEqual(Int32Array.of(0, 2, 1));
  });

  it('treats labels as names: spellings of the same number are different classes, in numeric order', async () => {
    const testPath = await write('test.csv', 'x,kind\n0,2\n');
    const text = 'x,kind\n1,10\n2,2\n3,-1\n4,10.0\n5,02\n';
    const { spec, train, test } = await load(text, { ...options, testPath });
    expect(spec.classes).toBe(5);
    // -1, 02, 2, 10, 10.0
    expect(train.targets).toEqual(Int32Array.of(3, 2, 0, 4, 1));
    expect(test.targets).toEqual(Int32Array.of(2));
  });

  it.each(['none', 'NA', 'null', '-', '?', 'NaN', 'n/a', 'true', '#N/A'])('has a class %s', async (name) => {
    const testPath = await write('test.csv', `x,kind\n0,${name}\n`);
    const { spec, test } = await load(`x,kind\n1,yes\n2,${name}\n`, { ...options, testPath });
    expect(spec.classes).toBe(2);
    expect([...test.targets]).toEqual([name < 'yes' ? 0 : 1]);
  });

  describe('rejects a class that only test rows have', () => {
    const rare = `x,kind\n1,rare\n${'2,a\n3,b\n'.repeat(10)}`;

    it('in a random split, suggesting a seed that keeps it in training', async () => {
      const changes = { ...options, splitSeed: 0 };
      for (; changes.splitSeed < 100; changes.splitSeed++) {
        const error = await load(rare, changes).then(
          () => undefined,
          (error: unknown) => error as GaussmarkError,
        );
        if (error === undefined) continue;
        expect(error).toMatchObject({
          summary: expect.stringContaining("row 1 (line 2), column 'kind'"),
          expected: expect.stringContaining('a, b'),
          got: "'rare'",
        });
        const seed = Number(/splitSeed=(\d+)/.exec(error.remedy!)![1]);
        expect((await load(rare, { ...options, splitSeed: seed })).spec.classes).toBe(3);
        return;
      }
      throw new Error('no seed puts the row into the test set');
    });

    it('in a test file', async () => {
      const testPath = await write('test.csv', 'x,kind\n9,a\n9,rose\n9,rose\n');
      const hyperparameters = { ...DEFAULTS, ...options, path: await write('table.csv', rare), testPath };
      await expect(csv.load(hyperparameters, context)).rejects.toMatchObject({
        file: testPath,
        summary: expect.stringMatching(/row 2 \(line 3\), column 'kind': .* 1 more row/),
        expected: expect.stringContaining('a, b, rare'),
        got: "'rose'",
      });
    });
  });

  it.each([
    ['one class', 'x,kind\n1,a\n2,a\n', options, /column 'kind'/, "'a' in every training row"],
    [
      'a missing label',
      'x,kind\n1,a\n2,\n3,b\n',
      options,
      /row 2 \(line 3\), column 'kind'/,
      'an empty cell',
    ],
    ['two targets', flowers, { ...options, target: ['kind', 'petal'] }, /target column/, 'kind, petal'],
  ])('rejects %s', async (_, text, changes, summary, got) => {
    const error = await errorOf(text, changes);
    expect(error.summary).toMatch(summary);
    expect(error.got).toBe(got);
  });
});

describe('an error names the cell and a remedy', () => {
  it.each([
    ['text', 'x,y\n1,2\n3,4\ntwelve,6\n', /row 3 \(line 4\), column 'x'/, "'twelve'"],
    ['an empty cell', 'x,y\n1,2\n,4\n5,6\n', /row 2 \(line 3\), column 'x': missing/, 'an empty cell'],
    ['NA in the target', 'x,y\n1,NA\n3,4\n', /row 1 \(line 2\), column 'y': missing/, "'NA'"],
    ['several', 'x,y\na,2\nb,4\nc,6\n', /row 1 \(line 2\), column 'x': .* 2 more rows/, "'a'"],
    ['a line after blank lines', 'x,y\n\n\n1,2\n3,?\n', /row 2 \(line 5\), column 'y': missing/, "'?'"],
    ['an infinite number', 'x,y\n1,2\n1e999,4\n', /row 2 \(line 3\), column 'x'/, "'1e999'"],
    ['a hexadecimal number', 'x,y\n1,2\n0x10,4\n', /row 2 \(line 3\), column 'x'/, "'0x10'"],
  ])('%s in a numeric column', async (_, text, summary, got) => {
    expect(await errorOf(text, { target: 'y', ignore: [] })).toMatchObject({
      summary: expect.stringMatching(summary),
      expected: 'a number',
      got,
    });
  });

  it.each([
    ["prix de l'eau", `ignore=["id","prix de l'eau"]`],
    ['a "b"', String.raw`ignore=["id","a \"b\""]`],
    ['x', 'ignore=["id","x"]'],
  ])('suggests how to ignore the feature %s', async (name, ignore) => {
    const text = `id,"${name.replaceAll('"', '""')}",z,y\n1,?,2,3\n2,1,3,4\n`;
    const error = await errorOf(text, { target: 'y', ignore: ['id'] });
    expect(error.remedy).toContain(ignore);
    const given = (parseSelection(`csv[${ignore}]`).grid.ignore as string[][])[0]!;
    expect((await load(text, { target: 'y', ignore: given })).spec.input.shape).toEqual([1]);
  });

  it.each([
    ['regression', 'y'],
    ['classification', 'y'],
  ] as const)('does not suggest ignoring the target of a %s', async (task, target) => {
    const error = await errorOf('x,y\n1,1\n2,\n3,2\n', { task, target, ignore: [] });
    expect(error.summary).toContain("row 2 (line 3), column 'y'");
    expect(error.remedy).not.toContain('ignore');
  });

  it.each([
    ['target', { target: 'prise' }, { summary: /'prise'; did you mean 'price'\?/ }],
    ['ignored column', { ignore: ['Id'] }, { summary: /'Id'; did you mean 'id'\?/ }],
    [
      'column with the wrong delimiter',
      { delimiter: ';' },
      { summary: /unknown column 'price'/, remedy: /check the delimiter/ },
    ],
  ])('unknown %s', async (_, changes, expected) => {
    expectFields(await errorOf(HOUSES, changes), expected);
  });

  it.each([
    ['nothing', '', { summary: /empty/ }],
    ['no rows', 'x,y\n', { got: /^only the column names$/ }],
    ['one row', 'x,y\n1,2\n', { expected: /^at least 2 rows/, got: /^1 row$/ }],
    ['no column names', '1,2\n3,4\n', { expected: /column names/, got: /^1,2$/ }],
    ['a column twice', 'x,y,x\n1,2,3\n', { summary: /two columns .* 'x'/ }],
    [
      'a short row',
      'x,y\n1,2\n3\n',
      { summary: /row 2 \(line 3\)/, expected: /^2 cells: x, y$/, got: /^1 cells: 3$/ },
    ],
    ['an open quote', 'x,y\n1,"2\n3,4\n', { summary: /CSV/, remedy: /double quote/ }],
    ['no feature', 'y\n1\n2\n', { expected: /neither a target nor ignored/, got: /y/ }],
  ])('a file with %s', async (_, text, expected) => {
    expectFields(await errorOf(text, { target: 'y', ignore: [] }), expected);
  });

  it('a target that is ignored', async () => {
    expect((await errorOf(HOUSES, { ignore: ['price'] })).summary).toMatch(/'price' .* ignored/);
  });

  it('a missing file, and one that is not a regular file', async () => {
    const path = join(context.directory, 'none.csv');
    await expect(csv.describe({ ...DEFAULTS, path }, context)).rejects.toMatchObject({
      file: path,
      remedy: 'check the path',
      cause: { code: 'ENOENT' },
    });
    await expect(csv.describe({ ...DEFAULTS, path: context.directory }, context)).rejects.toMatchObject({
      file: context.directory,
      got: 'a folder',
    });
    await expect(csv.describe({ ...DEFAULTS, path: '/dev/zero' }, context)).rejects.toMatchObject({
      file: '/dev/zero',
      got: 'a device',
    });
  });
});

type Fields = Partial<Record<'summary' | 'expected' | 'got' | 'remedy', RegExp>>;

function expectFields(error: GaussmarkError, expected: Fields): void {
  for (const [field, pattern] of Object.entries(expected))
    expect(error[field as keyof Fields]).toMatch(pattern);
}

it('blanks outside ASCII distinguish labels but are ignored around numbers', async () => {
  const text = 'x,cls\n1\u00a0,a\n2,a\u00a0\n3 , a \n4,a\u00a0\n5,\ue000\n6,\ue000\n7,a\n8,"a "\n9,"a "\n';
  const { spec } = await load(Buffer.from(text), {
    task: 'classification',
    target: 'cls',
    ignore: [],
    testFraction: 0.1,
    splitSeed: 0,
  });
  expect(spec.classNames).toEqual(['a', 'a ', 'a\u00a0', '\ue000']);
});

describe('the encoding', () => {
  const labels = 'x,cls\n1,кот\n2,дом\n3,слон\n4,кот\n5,дом\n6,слон\n';
  const options = { task: 'classification', target: 'cls', ignore: [], splitSeed: 2 } as const;
  // Code page 1251 has the Cyrillic letters from 0xC0, in the order of Unicode.
  const cp1251 = Uint8Array.from(labels, (letter) => {
    const code = letter.charCodeAt(0);
    return code < 0x80 ? code : code - 0x410 + 0xc0;
  });
  const utf16 = (bigEndian: boolean, mark = '\uFEFF') => {
    const bytes = Buffer.from(mark + labels, 'utf16le');
    return bigEndian ? bytes.swap16() : bytes;
  };

  it.each<[string, Uint8Array, Partial<CsvHyperparameters>]>([
    ['UTF-8', Buffer.from(labels), {}],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${labels}`), {}],
    ['UTF-16LE with a mark', utf16(false), {}],
    ['UTF-16BE with a mark', utf16(true), {}],
    ['UTF-16BE without one', utf16(true, ''), { encoding: 'utf-16be' }],
    ['windows-1251', cp1251, { encoding: 'windows-1251' }],
    ['its alias', cp1251, { encoding: 'CP1251' }],
  ])('%s has three classes', async (_, bytes, changes) => {
    const { spec, train, test } = await load(bytes, { ...options, ...changes });
    expect(spec.classes).toBe(3);
    const expected = await load(Buffer.from(labels), options);
    expect([train.targets, test.targets]).toEqual([expected.train.targets, expected.test.targets]);
  });

  it('is guessed if it is not UTF-8, and the error names the line', async () => {
    const long = Buffer.concat([cp1251, ...Array.from({ length: 20 }, () => cp1251.subarray(6))]);
    expect(await errorOf(long, options)).toMatchObject({
      got: expect.stringMatching(/^byte 0xEA at line 2, column 3; .* windows-1251$/),
      remedy: expect.stringContaining('encoding=windows-1251'),
    });
  });

  it('is recognized for UTF-16 without a byte-order mark', async () => {
    const text = Buffer.from('x,y\n1,2\n3,4\n', 'utf16le');
    expect(await errorOf(text, { target: 'y', ignore: [] })).toMatchObject({
      got: expect.stringMatching(/^NUL at line 1, column 2; .* utf-16le$/),
      remedy: expect.stringContaining('encoding=utf-16le'),
    });
  });

  it('is rejected if unknown', async () => {
    expect(await errorOf(HOUSES, { encoding: 'klingon' })).toMatchObject({
      summary: expect.stringContaining("'klingon'"),
      expected: expect.stringContaining('windows-1251'),
    });
  });
});

it('reads rows that end in LF, CRLF or CR, mixed in one file', async () => {
  const { train, test } = await load('x,y\r\n1,1\n2,2\r3,3\r\n4,4', { target: 'y', ignore: [] });
  expect([...train.targets, ...test.targets].sort()).toEqual([1, 2, 3, 4]);
});

it('reads any bytes as a table or throws a GaussmarkError', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'x,y\n',
      '1,2\n',
      '"',
      ',',
      '\n',
      '\r',
      '\r\n',
      ';',
      '\t',
      '""',
      'a',
      '-1e3',
      '\0',
      '\uFEFF',
      ' ',
    ),
    fc.string(),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(`x,y\n${pieces.join('')}`)),
  );
  const changes = fc.record({
    task: fc.constantFrom('regression' as const, 'classification' as const),
    target: fc.constantFrom('y', 'x', ''),
    delimiter: fc.constantFrom(',', ';', '\\t', ' '),
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'gbk', 'windows-1252', 'x'),
  });
  await fc.assert(
    fc.asyncProperty(bytes, changes, async (content, change) => {
      const outcome = await load(content, { ignore: [], ...change }).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(GaussmarkError);
        return;
      }
      const { train, test } = outcome as Awaited<ReturnType<typeof load>>;
      expect(train.size).toBeGreaterThan(0);
      expect([...train.inputs, ...test.inputs, ...train.targets].every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
