// What a training step costs outside native code, and what several steps in a call save.
//
//   node bench/overhead.mjs [problems=boston,sine10] [optimizers=sgd,sgn] [rounds=9] [seconds=0.2] [clock=cpu]
//
// Both ways take turns in one process; medians over the rounds. `outside` is what a step costs beside its native call: choosing
// rows, handing out metrics. `call` is a native call that does next to nothing, with as many buffers as the step has.

import { neg, trace } from '@gaussmark/autodiff';
import { splitSelections } from '@gaussmark/core';
import { progressOfSteps } from '../../cell/dist/progress.js';
import { uploadSplit } from '../../cell/dist/setup.js';
import { traceStep } from '../../cell/dist/step.js';
import { Training } from '../../cell/dist/training.js';
import { subjectOf } from './subject.mjs';

const options = Object.fromEntries(
  process.argv.slice(2).map((argument) => {
    const equals = argument.indexOf('=');
    return [argument.slice(0, equals), argument.slice(equals + 1)];
  }),
);
const { problems = 'boston,sine10', optimizers = 'sgd,sgn', clock = 'cpu' } = options;
const rounds = Number(options.rounds ?? 9);
const seconds = Number(options.seconds ?? 0.2);

/** More than are taken. */
const PLANNED_STEPS = 1e9;
/** As cell/training.ts has it. */
const SHORT_STEP_SECONDS = 2e-3;

const now = () => {
  if (clock !== 'cpu') return performance.now() * 1000;
  const { user, system } = process.cpuUsage();
  return user + system;
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Microseconds of one run, by running it for so long. The clock is read ever more rarely: processor time takes 1 to read. */
async function microseconds(run) {
  const start = now();
  let [count, next] = [0, 1];
  do {
    for (; count < next; count++) await run();
    next = Math.ceil(1.2 * count);
  } while (now() - start < seconds * 1e6);
  return (now() - start) / count;
}

async function measure(name, optimizerName) {
  const { engine, subject, optimizer, dataset, batchSize, stateTypes, start, step } = await subjectOf(
    name,
    optimizerName,
  );
  let native = 0;
  const timed = Object.assign(Object.create(engine), {
    compile: async (program) => {
      const executable = await engine.compile(program);
      return {
        program,
        run: async (inputs, outputs) => {
          const start = now();
          await executable.run(inputs, outputs);
          native += now() - start;
        },
      };
    },
  });
  const training = async (stepsPerCall) => {
    return Training.prepare({
      engine: timed,
      ...(await start()),
      data: uploadSplit(engine, subject, dataset.train),
      batchSize,
      seed: 1,
      progress: progressOfSteps(PLANNED_STEPS),
      stepsPerCall,
      step: (size) => traceStep(optimizer, subject, stateTypes, size),
    });
  };
  const one = await training(1);
  await one.step();
  await one.step();
  // As a run does it: only short steps are done several in a call.
  const several = await training(one.lastSeconds < SHORT_STEP_SECONDS ? 64 : 1);
  const { program } = step;
  const scalar = { dtype: 'float64', shape: [] };
  const empty = trace(
    (inputs) => program.outputs.map((_, i) => neg(inputs[i % inputs.length])),
    program.inputs.map(() => scalar),
  ).program;
  const call = await engine.compile(empty);
  const [from, to] = [empty.inputs, empty.outputs].map((all) => all.map(({ type }) => engine.allocate(type)));

  const times = { one: [], several: [], outside: [], call: [] };
  for (let round = -1; round < rounds; round++) {
    const row = { one: await microseconds(() => one.step()) };
    native = 0;
    let steps = 0;
    row.several = await microseconds(() => {
      steps++;
      return several.step();
    });
    row.outside = row.several - native / steps;
    row.call = await microseconds(() => call.run(from, to));
    if (round >= 0) for (const [key, value] of Object.entries(row)) times[key].push(value);
  }
  await engine.dispose();
  const us = (values) => median(values).toFixed(1);
  return {
    problem: name,
    optimizer: optimizerName,
    'one by one, us': us(times.one),
    'several, us': us(times.several),
    ratio: median(times.several.map((value, i) => value / times.one[i])).toFixed(3),
    'outside, us': us(times.outside),
    'outside, %': (100 * median(times.outside.map((value, i) => value / times.several[i]))).toFixed(2),
    'call, us': us(times.call),
  };
}

const rows = [];
for (const name of splitSelections(problems, ','))
  for (const optimizer of optimizers.split(',')) rows.push(await measure(name, optimizer));
console.table(rows);
