// The command line of a measurement.

import { parseArgs } from 'node:util';
import { findProblem, LARGE_PROBLEMS, PROBLEMS, parseStep } from '../../peers/src/problems.mjs';

const DEFAULT_PROBLEMS = 'mnist,mnist-60000,fashion,wide-10000';
const PARTS = ['conformance', 'steps', 'webgpu'];
const PLATFORMS = ['cuda', 'cpu'];
const PRECISIONS = ['highest', 'default'];

export const USAGE = `Usage: run.sh [options]

  --platform P        ${PLATFORMS.join(' or ')}, for both sides (default: cuda); cpu needs a plugin for our side, in GAUSSMARK_PJRT_PLUGIN
  --python FILE       interpreter with JAX (default: $PYTHON, or python3)
  --parts a,b         of ${PARTS.join(', ')} (default: all)
  --problems a,b      of ${[...PROBLEMS, ...LARGE_PROBLEMS].map(({ name }) => name).join(', ')}
                      (default: ${DEFAULT_PROBLEMS})
  --steps a,b         of gradient, ggn, sgd, sgn(n) (default: sgd,sgn(10))
  --precision P       of float32 products, for both sides: highest, or default, which allows TF32 (default: highest)
  --rounds N          interleaved rounds of a row (default: 5)
  --run-seconds S     about how long a run of ours in a round lasts (default: 0.3)
  --budget S          seconds for everything (default: 480)
  --most-examples N   the largest batch, to try a measurement (default: no limit)
  --most-groups N     groups of conformance cases, to try a measurement (default: all)
  --out DIR           where device.json and device.md go (default: gaussmark-device)
`;

/**
 * @param {readonly string[]} args
 * @returns the options; undefined for --help
 * @throws Error for an unknown option or value
 */
export function parseOptions(args, environment = process.env) {
  const { values } = parseArgs({
    args,
    options: {
      platform: { type: 'string', default: 'cuda' },
      python: { type: 'string', default: environment.PYTHON || 'python3' },
      parts: { type: 'string', default: PARTS.join(',') },
      problems: { type: 'string', default: DEFAULT_PROBLEMS },
      steps: { type: 'string', default: 'sgd,sgn(10)' },
      precision: { type: 'string', default: 'highest' },
      rounds: { type: 'string', default: '5' },
      'run-seconds': { type: 'string', default: '0.3' },
      budget: { type: 'string', default: '480' },
      'most-examples': { type: 'string' },
      'most-groups': { type: 'string' },
      out: { type: 'string', default: 'gaussmark-device' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const oneOf = (name, allowed) => {
    if (!allowed.includes(values[name])) {
      throw new RangeError(`--${name}: expected ${allowed.join(' or ')}, got '${values[name]}'`);
    }
    return values[name];
  };
  const positive = (name, isWhole = false) => {
    if (values[name] === undefined) return Number.POSITIVE_INFINITY;
    const value = Number(values[name]);
    if (!(value > 0 && Number.isFinite(value) && (!isWhole || Number.isInteger(value)))) {
      const expected = isWhole ? 'an integer above 0' : 'a number above 0';
      throw new RangeError(`--${name}: expected ${expected}, got '${values[name]}'`);
    }
    return value;
  };
  const list = (name) => values[name].split(',').filter((each) => each !== '');
  const parts = list('parts');
  const unknown = parts.find((each) => !PARTS.includes(each));
  if (unknown !== undefined) {
    throw new RangeError(`--parts: expected some of ${PARTS.join(', ')}, got '${unknown}'`);
  }
  return {
    platform: oneOf('platform', PLATFORMS),
    python: values.python,
    parts,
    problems: list('problems').map(findProblem),
    steps: list('steps').map((text) => ({ text, step: parseStep(text) })),
    precision: oneOf('precision', PRECISIONS),
    rounds: positive('rounds', true),
    runSeconds: positive('run-seconds'),
    budgetSeconds: positive('budget'),
    mostExamples: positive('most-examples', true),
    mostGroups: positive('most-groups', true),
    out: values.out,
  };
}
