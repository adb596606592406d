// A synthetic history of realistic size and shape: steps, drifts and outliers in timings; deterministic measures.

import { type Planted, syntheticHistory } from '../../statistics/bench/synthetic-history.mjs';
import { analyzeSeries } from '../src/history/series.js';
import type {
  HistoryMeasure,
  HistoryNight,
  HistoryReport,
  MachineHistory,
} from '../src/schema/history-schema.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5, 2, 30);
const PROBLEMS = ['sine10', 'boston', 'mnist'];
const OPTIMIZERS = ['sgn', 'sgn[cgIterations=3,warmupSteps=0]', 'sgd[learningRate=0.01,momentum=0.9]'];
const COUNTS = [
  'flops of a cg iteration',
  'operators of a step outside loops',
  'Transpose operators',
  'parameters',
];
const SUBJECTS = [
  'Fold transposes into matrix products',
  'Draw the order of the examples without a branch',
  'Write the guide to plugins',
  'Keep residuals inside the native call',
  'Name what a test asserts',
];

/** Changes in the timings, by measure id. */
export const planted = new Map<string, readonly Planted[]>();

export function historyFixture(
  nights = 200,
  machine = 'amd-epyc-2-cores-24-gib-linux-x64-node-20-onnxruntime-1.30.0',
): HistoryReport {
  return {
    format: 'gaussmark-history-report',
    schemaVersion: 1,
    created: new Date(START + nights * DAY).toISOString(),
    tool: { name: 'gaussmark', version: '0.1.0' },
    title: 'Night by night',
    repository: 'https://example.org/gaussmark',
    machines: [machineFixture(nights, machine)],
  };
}

export function machineFixture(nights: number, machine: string): MachineHistory {
  return {
    machine,
    nights: Array.from({ length: nights }, (_, night) => nightFixture(night)),
    measures: PROBLEMS.flatMap((problem, p) =>
      OPTIMIZERS.flatMap((optimizer, o) => [
        ...['step', 'gradient'].map((quantity, q) =>
          timing(nights, { problem, optimizer, quantity }, 7 * p + 3 * o + q),
        ),
        ...COUNTS.map((quantity, c) => counted(nights, { problem, optimizer, quantity }, 5 * p + 2 * o + c)),
      ]),
    ),
  };
}

/** Every ninth night repeats the commit of the night before. */
function nightFixture(night: number): HistoryNight {
  const of = night % 9 === 8 ? night - 1 : night;
  const hex = (of * 2_654_435_761) % 2 ** 32;
  return {
    created: new Date(START + night * DAY).toISOString(),
    commit: hex.toString(16).padStart(8, '0').repeat(5),
    subject: SUBJECTS[of % SUBJECTS.length]!,
    date: new Date(START + of * DAY - 10 * 3_600_000).toISOString(),
    dirty: false,
  };
}

type Names = Pick<HistoryMeasure, 'problem' | 'optimizer' | 'quantity'>;

const idOf = ({ problem, optimizer, quantity }: Names): string => [problem, optimizer, quantity].join('/');

function timing(nights: number, names: Names, seed: number): HistoryMeasure {
  const deviation = [0.01, 0.02, 0.04][seed % 3]!;
  const noise = ['normal', 'outliers', 'heavy tails'][seed % 3]!;
  const history = syntheticHistory({ seed: seed + 1, deviation, noise, calm: seed % 4 === 3 });
  planted.set(idOf(names), history.planted);
  const points = history.values.slice(0, nights).map((value, night) => ({
    night,
    value,
    low: value * (1 - 0.4 * deviation),
    high: value * (1 + 0.6 * deviation),
    samples: 20,
  }));
  const kind = { tier: 'timed', better: 'lower' } as const;
  return { id: idOf(names), ...names, unit: 's', ...kind, points, ...analyzeSeries(points, kind) };
}

function counted(nights: number, names: Names, seed: number): HistoryMeasure {
  const flops = names.quantity.startsWith('flops');
  const level = flops ? 6_936_624 : 40 + 10 * seed;
  // Most measures never change; some change once, for the worse or the better, one back and forth.
  const at = (night: number) => {
    if (seed % 5 === 1 && night >= 120) return Math.round(level * 1.12);
    if (seed % 7 === 2 && night >= 60) return Math.round(level * 0.8);
    if (seed === 8 && night >= 150 && night < 170) return 2 * level;
    return level;
  };
  const points = Array.from({ length: nights }, (_, night) => ({ night, value: at(night) }));
  const kind = { tier: 'hard', better: names.quantity === 'parameters' ? 'same' : 'lower' } as const;
  return {
    id: idOf(names),
    ...names,
    unit: flops ? 'flop' : '',
    ...kind,
    points,
    ...analyzeSeries(points, kind),
  };
}
