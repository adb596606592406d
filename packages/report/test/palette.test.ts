// Colours are distinct for every common colour vision, with enough contrast against the paper.

import { describe, expect, it } from 'vitest';
import { COLOURS } from '../src/client/colours.js';
import { assignColours, type Member } from '../src/client/palette.js';

const members: Member[] = [
  ...[3, 5, 10, 20].map((n) => ({ name: `sgn[cgIterations=${n}]`, optimizer: 'sgn', iteration: {} })),
  ...[0.01, 0.1, 1].map((lr) => ({ name: `sgd[learningRate=${lr}]`, optimizer: 'sgd', iteration: null })),
];

type Rgb = [number, number, number];

const linear = (colour: string): Rgb =>
  [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as Rgb;

// G. Machado, M. Oliveira, L. Fernandes, 2009: complete deficiencies, on linear RGB.
const VISIONS: Readonly<Record<string, readonly Rgb[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function oklab(rgb: Rgb): Rgb {
  const [l, m, s] = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ].map((row) =>
    Math.cbrt(row.reduce((sum, factor, index) => sum + factor * Math.max(0, rgb[index]!), 0)),
  ) as Rgb;
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(a: string, b: string, vision: readonly Rgb[]): number {
  const seen = (colour: string) =>
    oklab(
      vision.map((row) =>
        row.reduce((sum, factor, index) => sum + factor * linear(colour)[index]!, 0),
      ) as Rgb,
    );
  const [left, right] = [seen(a), seen(b)];
  return Math.hypot(...left.map((value, index) => value - right[index]!));
}

const luminance = (colour: string) =>
  linear(colour).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i]!, 0);
const contrast = (a: string, b: string) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};

describe.each(['light', 'dark'] as const)('the %s palette', (scheme) => {
  const colours = [...assignColours(members, scheme).values()];
  const [blues, oranges] = [colours.slice(0, 4), colours.slice(4)];

  it.each(Object.keys(VISIONS))('keeps the two families apart under %s', (vision) => {
    const pairs = blues.flatMap((blue) => oranges.map((orange) => distance(blue, orange, VISIONS[vision]!)));
    // A just noticeable difference in OKLab is about 0.02.
    expect(Math.min(...pairs)).toBeGreaterThan(0.1);
  });

  it.each(Object.keys(VISIONS))('keeps neighbours inside a family apart under %s', (vision) => {
    const steps = [blues, oranges].flatMap((family) =>
      family.slice(1).map((colour, index) => distance(family[index]!, colour, VISIONS[vision]!)),
    );
    expect(Math.min(...steps)).toBeGreaterThan(0.06);
  });

  it('has the contrast that WCAG asks of graphics, nearly (2.5 at the light end, 3 elsewhere)', () => {
    const { paper } = COLOURS[scheme];
    const contrasts = colours.map((colour) => contrast(colour, paper)).sort((a, b) => a - b);
    expect(contrasts[0]).toBeGreaterThan(2.5);
    expect(contrasts[2]).toBeGreaterThan(3);
  });
});

it('gives the first families to optimizers with an inner loop, whatever the order', () => {
  expect(assignColours(members.toReversed(), 'light').get('sgn[cgIterations=20]')).toBe(
    assignColours([...members.slice(0, 4).toReversed()], 'light').get('sgn[cgIterations=20]'),
  );
});
