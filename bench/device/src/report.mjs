// The measurement as Markdown: the machine, the conformance suite, a row for each problem and step.

import { formatSeconds, workDifference } from '../../peers/src/table.mjs';

const interval = ({ median, low, high }) =>
  low === null ? median.toFixed(2) : `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

const cell = (text) => String(text).replaceAll('|', '\\|').split('\n')[0];
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;

/**
 * @param {object} report as device.json has it
 * @returns {string}
 */
export function formatMarkdown(report) {
  const { machine, python, options, conformance, rows, parts, left } = report;
  const lines = [
    `# engine-xla beside JAX: ${titleOf(machine, options.platform)}`,
    '',
    ...facts(report),
    '',
    ...(conformance === undefined ? [] : [...conformanceLines(conformance), '']),
  ];
  if (rows.length > 0) lines.push(...table(rows), '');
  const notes = [
    ...rows.flatMap(notesOfRow),
    ...Object.entries(left).map(([name, reason]) => `${name} is left out: ${reason}`),
    ...parts
      .filter(({ status }) => status !== 'done')
      .map((part) => `${part.name}: ${part.status}, ${part.reason}`),
    ...(python.reason === undefined ? [] : [python.reason]),
  ];
  if (notes.length > 0) lines.push(...[...new Set(notes)].map((note) => `- ${cell(note)}`), '');
  return lines.join('\n');
}

function titleOf({ gpus, cpu }, platform) {
  if (platform === 'cpu') return `${cpu} (CPU)`;
  return Array.isArray(gpus) ? gpus.map(({ name }) => name).join(', ') : 'no GPU found';
}

function facts({ created, seconds, machine, python, options, info, bundle }) {
  const { gpus } = machine;
  const driver = Array.isArray(gpus) ? `, driver ${gpus[0].driver_version}, ${gpus[0]['memory.total']}` : '';
  const ours = info.gaussmark;
  return [
    `- ${created}, ${Math.round(seconds)} s of ${options.budgetSeconds}; ${options.rounds} interleaved rounds; precision ${options.precision}`,
    `- machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}${driver}`,
    `- JAX ${python.jax ?? 'missing'}, Python ${python.version ?? 'missing'}; Node ${process.version}`,
    ...(ours === undefined
      ? []
      : [
          `- engine: ${Object.entries(ours)
            .map(([key, value]) => `${key} ${value}`)
            .join(', ')}`,
        ]),
    ...(bundle?.commit === undefined ? [] : [`- Gaussmark ${bundle.commit}`]),
  ];
}

function conformanceLines({ groups, checked, passed, failed, unsupported, crashed, reason }) {
  const all = checked === groups ? 'all groups' : `${checked} of ${groups} groups`;
  return [
    `Conformance (${all}): ${passed} cases pass, ${failed.length} fail, ${unsupported.length} unsupported, ${crashed.length} groups crashed.`,
    ...(reason === undefined ? [] : ['', cell(reason)]),
    ...[...failed, ...unsupported].map(
      ({ subject, name, dtype, reason: why }) => `- ${cell(`${subject}, ${name}, ${dtype}: ${why}`)}`,
    ),
    ...crashed.map(({ group, reason: why }) => `- ${cell(`${group}: ${why}`)}`),
  ];
}

function table(rows) {
  const names = [...new Set(rows.flatMap(({ peers }) => Object.keys(peers)))];
  const header = ['problem', 'batch', 'dtype', 'step', 'ours', ...names.map((name) => `ours / ${name}`)];
  return [
    row(header),
    row(header.map((_, i) => (i < 4 ? ':--' : '--:'))),
    ...rows.map((each) =>
      row([
        each.generated ? `${each.problem} (generated data)` : each.problem,
        each.batchSize,
        each.dtype,
        each.step,
        formatSeconds(each.ours.step.median),
        ...names.map((name) => ratioOf(each.peers[name])),
      ]),
    ),
  ];
}

function ratioOf(result) {
  if (result === undefined) return '';
  return result.status === 'timed' ? interval(result.ratio) : result.status;
}

function notesOfRow({ problem, step, ours, peers }) {
  return Object.entries(peers).flatMap(([name, result]) => {
    const what = `${problem} ${step}: ${name}`;
    const difference = workDifference(ours.work, result.work);
    return [
      ...(result.reason === undefined ? [] : [`${what} ${result.status}: ${result.reason}`]),
      ...(difference === undefined ? [] : [`${what} ${difference}`]),
    ];
  });
}
