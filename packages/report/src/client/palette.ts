// Colours of series: a hue family per optimizer, a step of it per setting.

import type { Scheme } from './colours.js';

export type ColoursOf = (scheme: Scheme) => ReadonlyMap<string, string>;

interface Family {
  /** Hue in OKLCH, in degrees, at the first and at the last member. */
  readonly hues: readonly [number, number];
  readonly chroma: number;
}

// Blue and orange come first: distinct for every common form of colour blindness.
const FAMILIES: readonly Family[] = [
  { hues: [268, 225], chroma: 0.15 },
  { hues: [35, 80], chroma: 0.15 },
  { hues: [325, 345], chroma: 0.16 },
  { hues: [165, 140], chroma: 0.11 },
  { hues: [300, 290], chroma: 0.09 },
];

/** Lightness of the first and the last member: distinct from the paper and from their neighbours. */
const LIGHTNESS: Readonly<Record<Scheme, readonly [number, number]>> = {
  light: [0.38, 0.69],
  dark: [0.56, 0.85],
};

export interface Member {
  readonly name: string;
  readonly optimizer: string;
  /** Of its inner loop; null without one. */
  readonly iteration: object | null;
}

/**
 * A colour (`#rrggbb`) per name. Members keep their order inside a family; optimizers with an inner loop get the first
 * families, which makes the two sides of a comparison blue and orange.
 */
export function assignColours(members: readonly Member[], scheme: Scheme): ReadonlyMap<string, string> {
  const families = new Map<string, { innerLoop: boolean; names: Set<string> }>();
  for (const { name, optimizer, iteration } of members) {
    const family = families.get(optimizer) ?? { innerLoop: false, names: new Set<string>() };
    family.innerLoop ||= iteration !== null;
    family.names.add(name);
    families.set(optimizer, family);
  }
  const ordered = [...families.values()].sort((a, b) => Number(b.innerLoop) - Number(a.innerLoop));
  const [from, to] = LIGHTNESS[scheme];
  return new Map(
    ordered.flatMap(({ names }, index) => {
      const { hues, chroma } = FAMILIES[index % FAMILIES.length]!;
      return [...names].map((name, member): [string, string] => {
        const t = names.size === 1 ? 0.35 : member / (names.size - 1);
        return [name, oklch(mix(from, to, t), chroma, mix(hues[0], hues[1], t))];
      });
    }),
  );
}

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** OKLCH to `#rrggbb` (B. Ottosson's matrices); chroma shrinks until the colour lies in sRGB. */
function oklch(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180;
  for (let c = chroma; ; c -= 0.005) {
    const rgb = linearSrgb(lightness, c * Math.cos(angle), c * Math.sin(angle));
    if (c <= 0 || rgb.every((channel) => channel >= -1e-4 && channel <= 1 + 1e-4)) {
      return `#${rgb.map((channel) => hex(gamma(Math.min(1, Math.max(0, channel))))).join('')}`;
    }
  }
}

function linearSrgb(L: number, a: number, b: number): number[] {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const gamma = (channel: number): number =>
  channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055;

const hex = (channel: number): string =>
  Math.round(255 * channel)
    .toString(16)
    .padStart(2, '0');

/** `assignColours` of both schemes. */
export function memberColours(members: readonly Member[]): ColoursOf {
  const schemes = { light: assignColours(members, 'light'), dark: assignColours(members, 'dark') };
  return (scheme) => schemes[scheme];
}

const byName = (a: Member, b: Member): number =>
  new Intl.Collator('en', { numeric: true }).compare(a.name, b.name);

/** One colour per setting, the same on every problem. */
export const settingColours = (members: readonly Member[]): ColoursOf =>
  memberColours(members.toSorted(byName));

/** One colour per optimizer: that of a setting in the middle of its family. */
export const optimizerColours = (members: readonly Omit<Member, 'name'>[]): ColoursOf =>
  settingColours(members.map(({ optimizer, iteration }) => ({ name: optimizer, optimizer, iteration })));
