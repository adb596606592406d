// `node bench/peers/run.mjs`: the same steps by Gaussmark and by its peers, side by side. README.md says what is compared.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { harness } from './src/gaussmark.mjs';
import { javascriptPackages } from './src/javascript.mjs';
import { MissingPeer } from './src/missing-peer.mjs';
import { PeerFailure, PeerProcess } from './src/peer-process.mjs';
import { ours as onEngine, PEERS, PYTHON_PEERS, peerCommand, peerEnvironment } from './src/peers.mjs';
import { findProblem, PROBLEMS, parseStep, REFRESHING } from './src/problems.mjs';
import { pythonFor } from './src/python.mjs';
import { referenceSources } from './src/references.mjs';
import { failed, fastest, timeRow } from './src/rounds.mjs';
import { formatProgress, formatReport } from './src/table.mjs';

const USAGE = `Usage: node bench/peers/run.mjs [options]

  --problems a,b     of ${PROBLEMS.map(({ name }) => name).join(', ')} (default: all)
  --steps a,b        of gradient, ggn, sgd, sgn(n), ${Object.keys(REFRESHING).join(', ')} (default: gradient,ggn,sgd,sgn(10))
  --peers a,b        of ${Object.keys(PEERS).join(', ')} (default: all)
  --engine E         of ours: onnxruntime or xla (default: onnxruntime)
  --threads 1|2      for everyone (default: 1)
  --rounds N         interleaved rounds of a row (default: 9)
  --run-seconds S    about how long a run of ours in a round lasts (default: 0.3)
  --peer-seconds S   what a slow peer may take for all rounds of a row (default: 30)
  --torch cpu|pypi   where PyTorch is installed from on Linux: its CPU index (200 MB), or PyPI (3 GB, with CUDA)
  --json FILE        also write everything, every round included, to FILE
`;

const log = (line) => process.stderr.write(`${line}\n`);

let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  log(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options === undefined) process.stdout.write(USAGE);
else process.exitCode = await compare(options);

function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      problems: { type: 'string' },
      steps: { type: 'string', default: 'gradient,ggn,sgd,sgn(10)' },
      peers: { type: 'string', default: Object.keys(PEERS).join(',') },
      engine: { type: 'string', default: 'onnxruntime' },
      threads: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '9' },
      'run-seconds': { type: 'string', default: '0.3' },
      'peer-seconds': { type: 'string', default: '30' },
      torch: { type: 'string', default: 'cpu' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  const positive = (name) => {
    const value = Number(values[name]);
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`--${name}: expected a number above 0, got '${values[name]}'`);
    return value;
  };
  const whole = (name) => {
    if (!Number.isInteger(positive(name)))
      throw new RangeError(`--${name}: expected an integer, got '${values[name]}'`);
    return Number(values[name]);
  };
  const peers = values.peers.split(',').filter((name) => name !== '');
  const unknown = peers.find((name) => !(name in PEERS));
  if (unknown !== undefined)
    throw new RangeError(`unknown peer '${unknown}'; there are ${Object.keys(PEERS).join(', ')}`);
  if (!['cpu', 'pypi'].includes(values.torch))
    throw new RangeError(`--torch: expected cpu or pypi, got '${values.torch}'`);
  return {
    problems: values.problems === undefined ? PROBLEMS : values.problems.split(',').map(findProblem),
    steps: values.steps.split(',').map((text) => ({ text, step: parseStep(text) })),
    peers,
    engine: values.engine,
    threads: whole('threads'),
    rounds: whole('rounds'),
    runSeconds: positive('run-seconds'),
    peerSeconds: positive('peer-seconds'),
    torch: values.torch,
    json: values.json,
  };
}

async function compare(options) {
  const { threads } = options;
  const canPin = process.platform === 'linux' && commandRuns('taskset', ['--version']);
  const start = (name, spec, { interpreter, packages, sources }) =>
    new PeerProcess(name, peerCommand(spec, { interpreter, threads, canPin }), {
      env: peerEnvironment(spec, { threads, packages, sources }),
    });

  const ours = start('gaussmark', onEngine(options.engine), { interpreter: process.execPath });
  const info = { gaussmark: (await ours.ask({ op: 'hello', threads }, 60)).info };
  const skipped = {};
  const peers = [];
  const installations = new Map();
  for (const name of options.peers) {
    const spec = PEERS[name];
    try {
      const peer = start(name, spec, await installation(spec, options, installations));
      info[name] = (await peer.ask({ op: 'hello', threads }, 120)).info;
      peers.push(peer);
    } catch (error) {
      if (!(error instanceof MissingPeer || error instanceof PeerFailure)) throw error;
      skipped[name] = error.message;
      log(`${name} is left out: ${error.message}`);
    }
  }

  const report = {
    created: new Date().toISOString(),
    machine: {
      cpu: os.cpus()[0]?.model ?? 'unknown',
      cores: os.cpus().length,
      platform: process.platform,
      pinned: canPin,
    },
    threads,
    rounds: options.rounds,
    peers: info,
    skipped,
    rows: [],
  };
  const save = async () => {
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  };
  const directory = await mkdtemp(path.join(os.tmpdir(), 'gaussmark-peers-'));
  try {
    for (const problem of options.problems) {
      for await (const row of rowsOf(problem, ours, peers, directory, options)) {
        report.rows.push(row);
        log(formatProgress(row));
        await save();
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
    await Promise.all([ours, ...peers].map((peer) => peer.stop()));
  }
  process.stdout.write(`${formatReport(report)}\n`);
  await save();
  const disagree = report.rows.some((row) =>
    Object.values(row.peers ?? {}).some(({ status }) => status === 'disagrees'),
  );
  return disagree || report.rows.some(({ error }) => error !== undefined) ? 1 : 0;
}

/** The interpreter of a peer, and for the JavaScript ones the folder of their packages; installed if missing. */
function installation({ python, javascript }, { torch, steps }, known) {
  const key = python ?? (javascript ? 'javascript' : 'none');
  if (!known.has(key)) known.set(key, install());
  return known.get(key);

  async function install() {
    const { cacheDirectory } = harness.locationsOf(process.cwd());
    if (python !== undefined) {
      const interpreter = await pythonFor(python, { cacheDirectory, torch, log });
      const kinds = python === 'torch' ? steps.map(({ step }) => step.kind) : [];
      const sources = await referenceSources(kinds, { cacheDirectory, log }).catch((error) => {
        if (!(error instanceof MissingPeer)) throw error;
        log(error.message);
      });
      return { interpreter, sources };
    }
    const interpreter = process.execPath;
    return javascript
      ? { interpreter, packages: await javascriptPackages({ cacheDirectory, log }) }
      : { interpreter };
  }
}

/** The rows of a problem, as they come; one that our side does not have is a row with the reason. */
async function* rowsOf(problem, ours, peers, parent, options) {
  const directory = path.join(parent, problem.name);
  const shared = { problem: problem.name, dtype: problem.dtype };
  try {
    await ours.ask({ op: 'write', problem: problem.name, directory }, 300);
  } catch (error) {
    const { status, reason } = failed(error);
    yield { ...shared, ...(status === 'unsupported' ? { skipped: reason } : { error: reason }) };
    return;
  }
  for (const { text, step } of options.steps) {
    try {
      const row = await timeRow(
        ours,
        peers.filter((peer) => peer.alive),
        {
          ...options,
          directory,
          dtype: problem.dtype,
          step,
          limits: { prepare: 600, run: 120 },
          seed: 1,
        },
      );
      const best = fastest(row.peers, PYTHON_PEERS);
      yield {
        ...shared,
        step: text,
        ...row,
        ...(best === undefined ? {} : { best, ratio: row.peers[best].ratio }),
      };
    } catch (error) {
      yield { ...shared, step: text, error: failed(error).reason };
    }
  }
  await rm(directory, { recursive: true, force: true });
}

function commandRuns(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
