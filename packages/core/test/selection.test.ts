// The selection grammar: parsing, formatting, and carets in errors.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeInvisible } from '../src/display-text.js';
import { GaussmarkError } from '../src/errors.js';
import type { JsonValue } from '../src/json.js';
import {
  expandGrid,
  formatSelection,
  parseChangedSelection,
  parseSelection,
  parseSelections,
  splitSelections,
} from '../src/selection.js';

describe('parseSelection', () => {
  it.each<[string, string, Record<string, JsonValue[]>]>([
    ['mnist', 'mnist', {}],
    ['sgn[]', 'sgn', {}],
    ['sgn[cgIterations=3,5,10]', 'sgn', { cgIterations: [3, 5, 10] }],
    ['sgd[learningRate=0.1,1,momentum=0.9]', 'sgd', { learningRate: [0.1, 1], momentum: [0.9] }],
    [' sgd [ learningRate = 1e-3 , .5 ] ', 'sgd', { learningRate: [0.001, 0.5] }],
    ['mlp[hidden=[20,20],activation=tanh]', 'mlp', { hidden: [[20, 20]], activation: ['tanh'] }],
    ['mlp[hidden=[20,20],[10]]', 'mlp', { hidden: [[20, 20], [10]] }],
    ['a[x=[relu, "t,anh", [true, null]]]', 'a', { x: [['relu', 't,anh', [true, null]]] }],
    ['a[x={k: 1, "q r": [2]}]', 'a', { x: [{ k: 1, 'q r': [2] }] }],
    ["a[x=\"a,b=]\",'it\\'s']", 'a', { x: ['a,b=]', "it's"] }],
    [
      'boston[model=mlp[hidden=[20,20],note="]"],batchSize=10]',
      'boston',
      { model: ['mlp[hidden=[20,20],note="]"]'], batchSize: [10] },
    ],
    ['csv[path=../my data/v1.2.csv]', 'csv', { path: ['../my data/v1.2.csv'] }],
    ['a[x=1..5]', 'a', { x: [1, 2, 3, 4, 5] }],
    ['a[x=1..10..3,20]', 'a', { x: [1, 4, 7, 10, 20] }],
    ['a[x=2..-2..-2]', 'a', { x: [2, 0, -2] }],
    ['a[x=3..3]', 'a', { x: [3] }],
    ['a[x=0.01..1:log5]', 'a', { x: [0.01, 0.0316228, 0.1, 0.316228, 1] }],
    ['a[x=1e-4..1e-2:log3,7]', 'a', { x: [1e-4, 1e-3, 1e-2, 7] }],
    ['a[x=100..1:log3]', 'a', { x: [100, 10, 1] }],
    ['a[x=-1..1:lin5]', 'a', { x: [-1, -0.5, 0, 0.5, 1] }],
    ['a[x=0..1:lin4]', 'a', { x: [0, 0.333333, 0.666667, 1] }],
    ['a[x="1..2:log3",c:log3]', 'a', { x: ['1..2:log3', 'c:log3'] }],
    ['a[x="1..5",1.5,-0]', 'a', { x: ['1..5', 1.5, 0] }],
    ['a[x=true,false,null,"true"]', 'a', { x: [true, false, null, 'true'] }],
    ['a[x=1,2,1,1.0]', 'a', { x: [1, 2] }],
    ['a[x=""]', 'a', { x: [''] }],
    ['csv[path=Tom\'s data/q"x.csv]', 'csv', { path: ['Tom\'s data/q"x.csv'] }],
    ["csv[path='Tom\\'s, data']", 'csv', { path: ["Tom's, data"] }],
    ["m[dataset=csv[path=Tom's data/x.csv,y=1]]", 'm', { dataset: ["csv[path=Tom's data/x.csv,y=1]"] }],
    [
      "csv[target=prix de l'eau,ignore=[l'an, 'l\\'eau']]",
      'csv',
      { target: ["prix de l'eau"], ignore: [["l'an", "l'eau"]] },
    ],
  ])('%s', (text, name, grid) => {
    expect(parseSelection(text)).toEqual({ name, grid });
  });

  it.each([
    ['', 0, 'a name', 'the end of the text'],
    ['[x=1]', 0, 'a name', "'['"],
    ['sgn[3]', 4, 'hyperparameter=value', "'3'"],
    ['sgn[x=]', 6, 'a value', "']'"],
    ['sgn[x=1', 7, "',' or ']'", 'the end of the text'],
    ['sgn[x=1,]', 8, 'a value', "']'"],
    ['sgn[x=a=b]', 7, "',' or ']'", "'='"],
    ['sgn[x=1,x=2]', 8, 'each hyperparameter once', "'x'"],
    ['sgn[x=[1,2]', 11, "',' or ']'", 'the end of the text'],
    ['sgn[x=[1,2', 10, "',' or ']'", 'the end of the text'],
    ['sgn[x=m[y=1]', 12, "',' or ']'", 'the end of the text'],
    ['sgn[x="abc]', 11, 'a closing "', 'the end of the text'],
    ['sgn[x="\\q"]', 6, 'a string in JSON form', "'\"'"],
    ['sgn[x={1:2}]', 7, 'a key', "'1'"],
    ['sgn[x=[1..3]]', 7, 'a single value', "'1'"],
    ['sgn[x=5..1..2]', 6, 'a range whose step leads from 5 to 1', "'5'"],
    ['sgn[x=1..5..0]', 6, 'a range whose step leads from 1 to 5', "'1'"],
    ['sgn[x=0..99999]', 6, 'a range of at most 10000 values', "'0'"],
    ['sgn[x=0..1:log3]', 6, 'a logarithmic range with positive ends', "'0'"],
    ['sgn[x=0..1:lin1]', 6, 'a range of 2 to 10000 values', "'0'"],
    ['sgn[x=[0..1:lin3]]', 7, 'a single value', "'0'"],
    ['sgn[x=1e999]', 6, 'a number below 1.8e308', "'1'"],
    ['sgn x', 4, "'[' with hyperparameters, or the end", "'x'"],
    ['sgn[x=1..9007199254740993]', 6, 'a range of whole numbers below 9007199254740991', "'1'"],
    ['sgn,sgd', 3, "'[' with hyperparameters, or the end", "','"],
  ])('%j has its caret at %i', (text, column, expected, got) => {
    const act = () => parseSelection(text);
    expect(act).toThrow(`    ${text}\n    ${' '.repeat(column)}^\n`);
    expect(act).toThrow(expect.objectContaining({ name: 'GaussmarkError', expected, got }));
  });

  it('reads a list of selections', () => {
    expect(parseSelections('sgd[momentum=0,0.9], sgn')).toEqual([
      { name: 'sgd', grid: { momentum: [0, 0.9] } },
      { name: 'sgn', grid: {} },
    ]);
  });

  it.each([
    ['lists', '[', ']'],
    ['records', '{a:', '}'],
    ['selections', 'a[x=', ']'],
    ['open brackets', '[', ''],
  ])('rejects 60,000 nested %s', (_, open, close) => {
    const text = `a[x=${open.repeat(60_000)}1${close.repeat(60_000)}]`;
    const act = () => parseSelection(text);
    expect(act).toThrow(
      expect.objectContaining({ name: 'GaussmarkError', expected: 'at most 50 levels of brackets' }),
    );
    expect(act).toThrow(/^.{0,600}$/s);
  });

  it('rejects a text of more than a million characters, but reads a long value', () => {
    expect(() => parseSelection(`a[x="${'b'.repeat(1_100_000)}"]`)).toThrow(
      expect.objectContaining({ expected: `at most ${2 ** 20} characters` }),
    );
    expect(parseSelection(`a[x="${'\\"'.repeat(500_000)}"]`).grid.x).toEqual(['"'.repeat(500_000)]);
  });

  it('reads 100,000 values of one hyperparameter, dropping duplicates', () => {
    const values = Array.from({ length: 100_000 }, (_, i) => i % 50_000);
    expect(parseSelection(`a[x=${values.join(',')}]`).grid.x).toHaveLength(50_000);
  });

  it('parses any text or throws a GaussmarkError', () => {
    const piece = fc.constantFrom(
      ...'a1 .,=[]{}"\'\\:-+\0\n\u202e',
      'sgd[',
      'x=',
      '1..9',
      ':log3',
      '1e999',
      'null',
      '__proto__=',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        for (const read of [parseSelection, parseSelections, parseChangedSelection]) {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(GaussmarkError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('accepts names that objects inherit', () => {
    expect(parseSelection('a[constructor=1,toString=2]').grid).toEqual({ constructor: [1], toString: [2] });
  });
});

describe('expandGrid', () => {
  it('varies the first key slowest', () => {
    const points = expandGrid(parseSelection('sgn[a=1,2,b=x,y]'));
    expect(points.map((point) => formatSelection(point))).toEqual([
      'sgn[a=1,b=x]',
      'sgn[a=1,b=y]',
      'sgn[a=2,b=x]',
      'sgn[a=2,b=y]',
    ]);
  });

  it('rejects a grid of 10^8 points before building it', () => {
    expect(() => expandGrid(parseSelection('sgd[a=1..10000,b=1..10000]'))).toThrow(
      expect.objectContaining({
        expected: 'at most 10000',
        got: 'a: 10000, b: 10000',
      }),
    );
  });

  it('expands a bare name to one point', () => {
    expect(expandGrid(parseSelection('sgn'))).toEqual([{ name: 'sgn', hyperparameters: {} }]);
  });
});

describe('formatSelection', () => {
  it('lists values that differ from the defaults, in their order', () => {
    const defaults = { b: 1, a: [20, 20], c: 'x' };
    expect(formatSelection({ name: 'm', hyperparameters: { a: [20, 20], c: 'x', b: 1 } }, defaults)).toBe(
      'm',
    );
    expect(formatSelection({ name: 'm', hyperparameters: { z: 0, a: [20], c: 'x', b: 2 } }, defaults)).toBe(
      'm[b=2,a=[20],z=0]',
    );
  });

  it.each<[JsonValue, string]>([
    ['tanh', 'm[v=tanh]'],
    ['my file.csv', 'm[v=my file.csv]'],
    ['mlp[hidden=[20]]', 'm[v=mlp[hidden=[20]]]'],
    ['1', 'm[v="1"]'],
    ['null', 'm[v="null"]'],
    ['1..5', 'm[v="1..5"]'],
    ['1..5:log3', 'm[v="1..5:log3"]'],
    ['a,b', 'm[v="a,b"]'],
    ['a]', 'm[v="a]"]'],
    [' a', 'm[v=" a"]'],
    ['Tom\'s data/q"x.csv', `m[v=Tom's data/q"x.csv]`],
    ["mlp[x='a]b']", "m[v=mlp[x='a]b']]"],
    ['a\tb', 'm[v="a\\tb"]'],
    ['\x1b[2J\u202ename', 'm[v="\\u001b[2J\\u202ename"]'],
    [['\x9b', '\u200b'], 'm[v=["\\u009b","\\u200b"]]'],
    ['👩‍👩‍👧 é', 'm[v=👩‍👩‍👧 é]'],
    ['', 'm[v=""]'],
    [1e-7, 'm[v=1e-7]'],
    [{ b: 1, a: ['x'] }, 'm[v={"a":["x"],"b":1}]'],
  ])('writes %j as %s', (v, text) => {
    expect(formatSelection({ name: 'm', hyperparameters: { v } })).toBe(text);
  });

  // JSON has no -0 that survives printing.
  const json = fc
    .jsonValue({ noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
  const trickyText = fc.string({ unit: fc.constantFrom(...'a1 .,=[]{}"\'\\:-e') });
  const nested = fc
    .tuple(trickyText, fc.string())
    .map(([a, b]) =>
      formatSelection({ name: 'csv', hyperparameters: { path: a, ignore: [b, "prix de l'eau"] } }),
    );
  const point = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
    hyperparameters: fc.dictionary(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/),
      fc.oneof(
        json,
        trickyText,
        fc.string({ unit: 'binary' }),
        nested,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
      ),
    ),
  });

  it('round-trips through parseSelection', () => {
    fc.assert(
      fc.property(point, (original) => {
        const text = formatSelection(original);
        const [read, ...others] = expandGrid(parseSelection(text));
        expect(others).toEqual([]);
        expect(splitSelections(`${text},${text}`, ',')).toEqual([text, text]);
        expect(splitSelections(`${text}+${text}`, '+')).toEqual([text, text]);
        expect(escapeInvisible(text)).toBe(text);
        expect(read).toEqual({ name: original.name, hyperparameters: { ...original.hyperparameters } });
      }),
      { numRuns: 1000 },
    );
  });

  it('ignores the order of keys', () => {
    fc.assert(
      fc.property(point, ({ name, hyperparameters }) => {
        const reversed = Object.fromEntries(Object.entries(hyperparameters).reverse());
        expect(formatSelection({ name, hyperparameters: reversed })).toBe(
          formatSelection({ name, hyperparameters }),
        );
      }),
    );
  });
});

it('errors show characters of two code units whole', () => {
  expect(() => parseSelection('🚀')).toThrow(expect.objectContaining({ got: "'🚀'" }));
  for (let length = 0; length < 90; length++) {
    const read = () => parseSelection(`a[b=${'🚀'.repeat(40)}${'x'.repeat(length)}]🚀🚀`);
    expect(read).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/[\ud800-\udfff](?<!\p{Emoji})/u) }),
    );
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining('\ufffd') }));
  }
});
