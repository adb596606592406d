// Where a step's time goes: native operators by the equations of the program that they come from.
//
//   node bench/profile.mjs [problem=mnist] [optimizer=sgn[warmupSteps=0]] [dtype=float64] [threads=1] [runs=10] [top=25]
//
// Each operator counts with its fastest call, times its calls in a step; the profiler adds 1 to 2 microseconds to each.

import { uploadSplit } from '../../cell/dist/setup.js';
import { subjectOf } from './subject.mjs';

const options = Object.fromEntries(
  process.argv
    .slice(2)
    .map((argument) => [argument.split('=')[0], argument.slice(argument.indexOf('=') + 1)]),
);
const { problem = 'mnist', optimizer = 'sgn[warmupSteps=0]', dtype } = options;
const [threads, runs, top] = [options.threads ?? 1, options.runs ?? 10, options.top ?? 25].map(Number);

const { engine, subject, dataset, start, step } = await subjectOf(problem, optimizer, { threads, dtype });
const { params, state } = await start();
const { inputs, targets } = uploadSplit(engine, subject, dataset.train);
const rowsType = step.program.inputs.at(-1).type;
const rows = engine.upload({
  type: rowsType,
  data: Int32Array.from({ length: rowsType.shape[0] }, (_, i) => (i * 7919) % dataset.train.size),
});
const profile = await engine.profile(step.program, [...params, ...state, inputs, targets, rows], runs);
await engine.dispose();

const total = profile.reduce((sum, { seconds }) => sum + seconds, 0);
const calls = profile.reduce((sum, equation) => sum + equation.calls, 0);
console.log(
  `${problem}, ${optimizer}: ${(1000 * total).toFixed(3)} ms in ${Math.round(calls)} calls of ${profile.length} equations`,
);
console.log('');
for (const { text, path, calls, seconds, operators } of profile.slice(0, top)) {
  const share = `${((100 * seconds) / total).toFixed(1)} %`.padStart(7);
  const time = `${(1e6 * seconds).toFixed(0)} us`.padStart(10);
  const names = Object.keys(operators).join(', ');
  console.log(
    `${share}${time}${`${+calls.toFixed(1)} x`.padStart(8)}  ${path}${text}${text === names ? ' (by the native optimizer)' : `  ${names}`}`,
  );
}
