// A process that checks an engine, one group of cases at a time, since a wrong kernel may crash it. It speaks the peers' protocol:
//
//   { op: 'start', engine, hyperparameters } -> { info, groups }    groups: names, in order
//   { op: 'check', group }                   -> { results }         those that did not pass in full, the others counted

import { completeHyperparameters, discover } from '../../../packages/core/dist/index.js';
import {
  checkEngine,
  conformanceCases,
  joinedCases,
} from '../../../packages/engine-conformance/dist/index.js';
import { locationsOf } from '../../../packages/harness/dist/index.js';
import { serve } from '../../peers/src/serve.mjs';

const HERE = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

let engine;
let groups;

async function start({ engine: name, hyperparameters }) {
  const { workspaceRoot } = locationsOf(HERE);
  const registry = await discover({ cwd: HERE, workspaceRoot });
  const entry = registry.find('engine', name);
  const plugin = await registry.load(entry);
  engine = await plugin.create(completeHyperparameters(entry.manifest, hyperparameters));
  groups = joinedCases(conformanceCases());
  return { info: engine.info, groups: groups.map(({ subject, dtype }) => `${subject}, ${dtype}`) };
}

/** A group as one program; if that fails, its cases one by one, to tell which. */
async function check({ group }) {
  const { joined, cases } = groups[group];
  const whole = await resultsOf([joined]);
  if (whole.every(({ status }) => status === 'pass')) return { passed: cases.length, others: [] };
  const results = await resultsOf(cases);
  const others = results.filter(({ status }) => status !== 'pass');
  // Cases that pass alone and fail together are a failure of the joined program.
  const reported = others.length > 0 ? others : whole.filter(({ status }) => status !== 'pass');
  return { passed: results.length - others.length, others: reported };
}

async function resultsOf(cases) {
  const results = [];
  for await (const result of checkEngine(engine, { cases, laws: false })) results.push(result);
  return results;
}

await serve({ start, check });
await engine?.dispose();
