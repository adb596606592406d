// The notation for a convolutional network's layers: 'conv 6 5x5', 'max-pool 2', 'dense 120'.
//
//   conv FILTERS SIZE     [stride S] [padding P] [dilation D] [groups G] [ACTIVATION]
//   max-pool SIZE         [stride S] [padding P]
//   average-pool [SIZE]   [stride S] [padding P]      without a size, the mean of the whole image
//   dense WIDTH           [ACTIVATION]
//
// SIZE, S, P and D are one number, or two for height and width: 5, 5x3. P can be 'same'. ACTIVATION is a name, or 'linear'.

import { type Issue, nearest } from '@gaussmark/core';
import { ACTIVATION_NAMES, type Activation } from './activations.js';

/** Height and width. */
export type Extent = readonly [number, number];

/** Padding above and below, left and right; `same` keeps the size (divided by the stride, rounded up). */
export type LayerPadding = Extent | 'same';

export interface ConvLayer {
  readonly kind: 'conv';
  readonly filters: number;
  readonly size: Extent;
  readonly strides: Extent;
  readonly padding: LayerPadding;
  readonly dilations: Extent;
  readonly groups: number;
  /** `undefined` for the network's default. */
  readonly activation: Activation | 'linear' | undefined;
}

export interface PoolLayer {
  readonly kind: 'max-pool' | 'average-pool';
  /** `'image'` for the whole image. */
  readonly size: Extent | 'image';
  readonly strides: Extent;
  readonly padding: LayerPadding;
}

export interface HiddenDenseLayer {
  readonly kind: 'dense';
  readonly width: number;
  readonly activation: Activation | 'linear' | undefined;
}

export type Layer = ConvLayer | PoolLayer | HiddenDenseLayer;

const FORMS = {
  conv: "'conv FILTERS SIZE [stride S] [padding P] [dilation D] [groups G] [ACTIVATION]', such as 'conv 6 5x5'",
  'max-pool': "'max-pool SIZE [stride S] [padding P]', such as 'max-pool 2'",
  'average-pool': "'average-pool [SIZE] [stride S] [padding P]', such as 'average-pool 2'",
  dense: "'dense WIDTH [ACTIVATION]', such as 'dense 120'",
} as const satisfies Readonly<Record<Layer['kind'], string>>;

const KINDS = Object.keys(FORMS) as readonly Layer['kind'][];
const FUNCTIONS: readonly string[] = [...ACTIVATION_NAMES, 'linear'];

/** A text that is not a layer; becomes an {@link Issue}. */
class Misread {
  constructor(
    readonly problem: string,
    readonly expected: string,
  ) {}
}

/**
 * Reads a list of layers.
 *
 * @param pointer JSON pointer to the list, for the issues
 * @returns the layers, or all issues
 * @example
 * readLayers(['conv 6 5x5', 'max-pool 2', 'dense 120'], '/layers')
 */
export function readLayers(
  texts: readonly string[],
  pointer: string,
): { readonly layers: readonly Layer[] } | { readonly issues: readonly Issue[] } {
  const layers: Layer[] = [];
  const issues: Issue[] = [];
  for (const [i, text] of texts.entries()) {
    try {
      const layer = readLayer(text);
      demandImageBefore(layer, layers);
      layers.push(layer);
    } catch (error) {
      if (!(error instanceof Misread)) throw error;
      const { problem, expected } = error;
      issues.push({ pointer: `${pointer}/${i}`, problem, expected, got: `'${text}'` });
    }
  }
  return issues.length > 0 ? { issues } : { layers };
}

function demandImageBefore({ kind }: Layer, before: readonly Layer[]): void {
  if (kind === 'dense' || !before.some((layer) => layer.kind === 'dense')) return;
  throw new Misread(`${kind} after a dense layer, which flattens the image`, 'dense layers at the end');
}

function readLayer(text: string): Layer {
  const words = text.trim().split(/\s+/);
  const kind = words[0]!;
  if (!isKind(kind)) {
    const guess = nearest(kind, KINDS) as Layer['kind'] | undefined;
    throw guess === undefined
      ? new Misread(`unknown layer '${kind}'`, `a layer starting with ${KINDS.join(', ')}`)
      : new Misread(`unknown layer '${kind}'; did you mean '${guess}'?`, FORMS[guess]);
  }
  const reader = new WordReader(words, FORMS[kind]);
  switch (kind) {
    case 'conv':
      return readConv(reader);
    case 'max-pool':
    case 'average-pool':
      return readPool(kind, reader);
    case 'dense': {
      const width = reader.count('WIDTH');
      return { kind, width, activation: reader.options([]).activation };
    }
    default:
      return kind satisfies never;
  }
}

function isKind(word: string): word is Layer['kind'] {
  return (KINDS as readonly string[]).includes(word);
}

function readConv(reader: WordReader): ConvLayer {
  const filters = reader.count('FILTERS');
  const size = reader.extent('SIZE', 1);
  const { stride, padding, dilation, groups, activation } = reader.options([
    'stride',
    'padding',
    'dilation',
    'groups',
  ]);
  if (groups !== undefined && filters % groups !== 0) {
    throw new Misread(`${filters} filters cannot be split into ${groups} groups`, reader.form);
  }
  return {
    kind: 'conv',
    filters,
    size,
    strides: stride ?? [1, 1],
    padding: padding ?? [0, 0],
    dilations: dilation ?? [1, 1],
    groups: groups ?? 1,
    activation,
  };
}

function readPool(kind: PoolLayer['kind'], reader: WordReader): PoolLayer {
  if (kind === 'average-pool' && reader.done()) {
    return { kind, size: 'image', strides: [1, 1], padding: [0, 0] };
  }
  const size = reader.extent('SIZE', 1);
  const { stride, padding, activation } = reader.options(['stride', 'padding']);
  if (activation !== undefined) throw new Misread(`an activation after ${kind}`, reader.form);
  if (padding !== undefined && padding !== 'same' && padding.some((places, axis) => places >= size[axis]!)) {
    throw new Misread('the padding must be narrower than the window', reader.form);
  }
  return { kind, size, strides: stride ?? size, padding: padding ?? [0, 0] };
}

/** Optional words after a layer's numbers. */
interface Options {
  stride?: Extent;
  padding?: LayerPadding;
  dilation?: Extent;
  groups?: number;
  activation?: Activation | 'linear';
}

/** Reads the words after the layer's kind. */
class WordReader {
  private next = 1;

  constructor(
    private readonly words: readonly string[],
    readonly form: string,
  ) {}

  done(): boolean {
    return this.next >= this.words.length;
  }

  private word(what: string): string {
    const word = this.words[this.next];
    if (word === undefined) throw new Misread(`${what} is missing`, this.form);
    this.next += 1;
    return word;
  }

  /** A positive integer. */
  count(what: string): number {
    const word = this.word(what);
    if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
    throw new Misread(`${what} must be a positive integer, got '${word}'`, this.form);
  }

  /** `5` or `5x3`, each number at least `least`. */
  extent(what: string, least: 0 | 1): Extent {
    const word = this.word(what);
    const [, height, width = height] = /^(\d{1,9})(?:x(\d{1,9}))?$/.exec(word) ?? [];
    if (height !== undefined && Math.min(Number(height), Number(width)) >= least) {
      return [Number(height), Number(width)];
    }
    throw new Misread(`${what} must be like 5 or 5x3, each at least ${least}, got '${word}'`, this.form);
  }

  /** Named options and an activation, in any order, at most once each. */
  options(names: readonly Exclude<keyof Options, 'activation'>[]): Options {
    const options: Options = {};
    const once = (name: keyof Options) => {
      if (options[name] !== undefined) throw new Misread(`${name} is repeated`, this.form);
    };
    while (!this.done()) {
      const word = this.word('an option');
      const name = names.find((known) => known === word);
      if (name === undefined) {
        if (!FUNCTIONS.includes(word)) this.fail(word, names);
        once('activation');
        options.activation = word as Activation | 'linear';
        continue;
      }
      once(name);
      if (name === 'groups') options.groups = this.count('groups');
      else if (name === 'padding') options.padding = this.padding();
      else options[name] = this.extent(name, 1);
    }
    return options;
  }

  private padding(): LayerPadding {
    if (this.words[this.next] !== 'same') return this.extent('padding', 0);
    this.next += 1;
    return 'same';
  }

  private fail(word: string, names: readonly string[]): never {
    const guess = nearest(word, [...names, ...FUNCTIONS]);
    const question = guess === undefined ? '' : `; did you mean '${guess}'?`;
    throw new Misread(`unknown word '${word}'${question}`, this.form);
  }
}
