import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import mobyDick, { tokenize, windows } from '../src/moby-dick.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const OPTIONS = { directory: null, length: 64, stride: null, testFraction: 0.1 };

describe('moby-dick', () => {
  it('is the novel, split by position', async () => {
    const { spec, train, test } = await mobyDick.load(OPTIONS, context);
    expect(spec).toMatchObject({
      task: 'classification',
      input: { shape: [64], vocabulary: 83 },
      target: { shape: [64] },
      classes: 83,
    });
    expect(await mobyDick.describe(OPTIONS, context)).toEqual(spec);
    const text = (tokens: ArrayLike<number>) =>
      Array.from(tokens, (token) => spec.classNames![token]).join('');
    expect(text(train.inputs.subarray(0, 64))).toBe(
      'CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago—never mind',
    );
    // 1190317 characters: 1071285 for training, 119032 for testing; a window needs one more.
    expect([train.size, test.size]).toEqual([Math.floor(1071284 / 64), Math.floor(119031 / 64)]);
    const file = new URL('../data/moby-dick/data.txt.gz', import.meta.url);
    const novel = [...gunzipSync(await readFile(file)).toString('utf8')];
    const held = novel.slice(1071285, 1071285 + 64).join('');
    expect(text(test.inputs.subarray(0, 64))).toBe(held);
    expect(novel.slice(0, 1071285).join('')).not.toContain(held);
  });

  it('predicts the next character at every position', async () => {
    const { train } = await mobyDick.load({ ...OPTIONS, length: 10, stride: 3 }, context);
    for (const i of [0, 1, 5000]) {
      const inputs = train.inputs.subarray(10 * i, 10 * i + 10);
      const targets = train.targets.subarray(10 * i, 10 * i + 10);
      expect([...targets.subarray(0, 9)]).toEqual([...inputs.subarray(1)]);
      // The next window begins three characters later.
      expect([...train.inputs.subarray(10 * (i + 1), 10 * (i + 1) + 7)]).toEqual([...inputs.subarray(3)]);
    }
    expect(train.size).toBe(Math.floor((1071285 - 11) / 3) + 1);
  });

  it('rejects windows longer than the text', async () => {
    await expect(mobyDick.load({ ...OPTIONS, length: 119032 }, context)).rejects.toMatchObject({
      summary: expect.stringContaining('the test text'),
      expected: expect.stringContaining('119033'),
      got: '119032',
    });
  });
});

describe('windows', () => {
  const tokens = Int32Array.of(0, 1, 2, 3, 4, 5, 6);

  it('uses a text up to its last character', () => {
    expect(windows(tokens, 3, 3, 'train')).toEqual({
      size: 2,
      inputs: Int32Array.of(0, 1, 2, 3, 4, 5),
      targets: Int32Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(windows(tokens.subarray(0, 6), 3, 3, 'train').size).toBe(1);
    expect(windows(tokens, 6, 1, 'train').size).toBe(1);
  });
});

describe('tokenize', () => {
  it('sorts characters by code point, including those beyond 16 bits', () => {
    const { vocabulary, tokens } = tokenize('b—a\u{1F40B}\uFF5Eab\n');
    expect(vocabulary).toEqual(['\n', 'a', 'b', '—', '\uFF5E', '\u{1F40B}']);
    expect(tokens).toEqual(Int32Array.of(2, 3, 1, 5, 4, 1, 2, 0));
  });
});
