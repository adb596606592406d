// How well changes are found: synthetic histories of 200 nights with planted steps and drifts; found, missed, false.
//
//   node bench/change-points.mjs [histories=50] [seed=1]
//
// `histories` of each noise level and kind. Prints Markdown.
import { detectChanges } from '../dist/index.js';
import {
  DRIFT_SIZES,
  NIGHTS,
  NOISE_KINDS,
  NOISE_LEVELS,
  STEP_SIZES,
  score,
  syntheticHistory,
} from './synthetic-history.mjs';

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const { histories, seed } = { histories: Number(options.histories ?? 50), seed: Number(options.seed ?? 1) };

const rows = [
  ...STEP_SIZES.map((relative) => ({ kind: 'step', relative, title: `step of ${100 * relative} %` })),
  ...DRIFT_SIZES.map((relative) => ({
    kind: 'drift',
    relative,
    title: `drift of ${100 * relative} % over 50 nights`,
  })),
];
const empty = () => ({ planted: 0, found: 0, staircase: 0 });
const counts = new Map();
const counter = (key) => counts.get(key) ?? counts.set(key, empty()).get(key);
const alarms = new Map();
const delays = new Map();
const push = (map, key, value) => map.set(key, [...(map.get(key) ?? []), value]);

for (const deviation of NOISE_LEVELS) {
  for (const noise of NOISE_KINDS) {
    for (let i = 0; i < histories; i++) {
      const { values, planted } = syntheticHistory({ seed: seed + i, deviation, noise });
      const { outcomes, falseAlarms } = score(planted, detectChanges(values).changes);
      planted.forEach(({ kind, relative }, j) => {
        const count = counter(`${kind} ${relative} ${deviation}`);
        count.planted += 1;
        if (outcomes[j] !== 'missed') count[outcomes[j]] += 1;
      });
      push(alarms, `planted ${noise} ${deviation}`, falseAlarms);
      const calm = syntheticHistory({ seed: seed + 10_000 + i, deviation, noise, calm: true });
      push(alarms, `calm ${noise} ${deviation}`, detectChanges(calm.values).changes.length);
      if (planted[0].kind === 'step') {
        push(delays, `${planted[0].relative} ${deviation}`, nightsUntilSeen(values, planted[0]));
      }
    }
  }
}

const levels = NOISE_LEVELS.map((deviation) => `${100 * deviation} %`);
const table = (first, body) =>
  [[first, ...levels], [':--', ...levels.map(() => '--:')], ...body].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
const share = ({ found, planted }) => `${found} of ${planted} (${Math.round((100 * found) / planted)} %)`;
const sum = (values) => values.reduce((total, value) => total + value, 0);

console.log(
  [
    `${histories} histories of ${NIGHTS} nights with four changes each, and as many without a change, for each noise level and kind (${NOISE_KINDS.join(', ')}); seeds from ${seed}.`,
    '',
    'Found, as what it is, by the noise of a night:',
    '',
    ...table(
      'planted',
      rows.map(({ kind, relative, title }) => [
        title,
        ...NOISE_LEVELS.map((deviation) => {
          const count = counter(`${kind} ${relative} ${deviation}`);
          return share(count) + (count.staircase > 0 ? `, ${count.staircase} as steps` : '');
        }),
      ]),
    ),
    '',
    'False changes per history of 200 nights, with four changes planted and with none:',
    '',
    ...table(
      'noise',
      NOISE_KINDS.map((noise) => [
        noise,
        ...NOISE_LEVELS.map((deviation) => {
          const rate = (kind) => (sum(alarms.get(`${kind} ${noise} ${deviation}`)) / histories).toFixed(2);
          return `${rate('planted')}, ${rate('calm')}`;
        }),
      ]),
    ),
    '',
    'Nights until a step is seen (median; those not seen within 20 nights count as more):',
    '',
    ...table(
      'planted',
      STEP_SIZES.map((relative) => [
        `step of ${100 * relative} %`,
        ...NOISE_LEVELS.map((deviation) => {
          const all = (delays.get(`${relative} ${deviation}`) ?? []).toSorted((a, b) => a - b);
          const median = all[all.length >> 1];
          return median === undefined ? '–' : median === Number.POSITIVE_INFINITY ? '> 20' : String(median);
        }),
      ]),
    ),
  ].join('\n'),
);

/** How many nights of the new level a reader of the history waits. */
function nightsUntilSeen(values, step) {
  for (let nights = 3; nights <= 20; nights++) {
    const { changes } = detectChanges(values.slice(0, step.start + nights));
    if (score([step], changes).outcomes[0] === 'found') return nights;
  }
  return Number.POSITIVE_INFINITY;
}
