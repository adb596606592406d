// Time and error of the routines of @gaussmark/linalg on onnxruntime, beside scipy's LAPACK.
//
//   node bench/linalg.mjs [python=python3] [sizes=64,256,1024] [dtypes=float32,float64] [routines=cholesky,...] [condition=1e4] [seconds=1]
//
// Needs a Python with numpy and scipy. Both use one thread and take turns, one run each for about `seconds`, so that a busy machine
// slows both; the fastest of each counts. Errors are those of linalg-numpy.py, computed in float64. Prints Markdown.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as ad from '@gaussmark/autodiff';
import * as linalg from '@gaussmark/linalg';
import plugin from '../dist/index.js';

/** Each takes the inputs, and returns the outputs, of its namesake in linalg-numpy.py. */
const ROUTINES = {
  cholesky: (A) => [linalg.cholesky(A)],
  solveSpd: (A, b) => [linalg.solveSpd(A, b)],
  solveTriangular: (A, b) => [linalg.solveTriangular(A, b)],
  solve: (A, b) => [linalg.solve(A, b)],
  inverse: (A) => [linalg.inverse(A)],
  inverseSpd: (A) => [linalg.inverseSpd(A)],
  qr: (A) => {
    const { Q, R } = linalg.qr(A);
    return [Q, R];
  },
  eigh: (A) => {
    const { values, vectors } = linalg.eigh(A);
    return [values, vectors];
  },
  svd: (A) => {
    const { U, values, V } = linalg.svd(A);
    return [U, values, V];
  },
  polarFactor: (A) => [linalg.polarFactor(A)],
  inverseRoot: (A) => [linalg.inverseRoot(A, 4)],
};

/** Milliseconds after which a routine is run only once. */
const SLOW = 5000;

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const list = (name, fallback) => (options[name] ?? fallback).split(',');
const sizes = list('sizes', '64,256,1024').map(Number);
const dtypes = list('dtypes', 'float32,float64');
const routines = list('routines', Object.keys(ROUTINES).join(','));
const condition = Number(options.condition ?? 1e4);
const seconds = Number(options.seconds ?? 1);

const folder = await mkdtemp(path.join(tmpdir(), 'linalg-'));
const single = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
const script = fileURLToPath(new URL('linalg-numpy.py', import.meta.url));
const python = spawn(options.python ?? 'python3', [script, folder], {
  env: { ...process.env, ...single },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
async function ask(request) {
  python.stdin.write(`${JSON.stringify(request)}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('python ended');
  return JSON.parse(value);
}

const three = (value) => Number(value.toPrecision(value < 1 ? 2 : 3)).toString();
const error = (value) => value.toExponential(0);

console.log('| routine | n | dtype | ms | LAPACK, ms | ratio | error | of LAPACK | compiling, s |');
console.log('| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
const engine = await plugin.create({ threads: 1 });
for (const routine of routines) {
  for (const dtype of dtypes) {
    for (const n of sizes) {
      const subject = { routine, n, dtype, condition };
      const shapes = await ask({ ...subject, command: 'make' });
      const began = performance.now();
      const types = shapes.map((shape) => ({ dtype, shape }));
      const { program } = ad.trace(ROUTINES[routine], ...types);
      const executable = await engine.compile(program);
      const compiling = (performance.now() - began) / 1000;
      const inputs = [];
      for (const [i, type] of types.entries()) {
        const bytes = await readFile(path.join(folder, `input${i}`));
        const data = new (dtype === 'float32' ? Float32Array : Float64Array)(new Uint8Array(bytes).buffer);
        inputs.push(engine.upload({ type, data }));
      }
      const [ours, theirs] = [[], []];
      let outputs = [];
      const took = async () => {
        for (const output of outputs) output.dispose();
        const start = performance.now();
        outputs = await executable.run(inputs);
        return performance.now() - start;
      };
      // The first runs allocate memory; they count only where more would take too long.
      const first = [await took(), await ask({ ...subject, command: 'run' })];
      for (const end = performance.now() + 1000 * seconds; first[0] < SLOW && performance.now() < end; ) {
        ours.push(await took());
        theirs.push(await ask({ ...subject, command: 'run' }));
      }
      for (const [i, output] of outputs.entries())
        await writeFile(
          path.join(folder, `output${i}`),
          new Uint8Array((await output.read()).slice().buffer),
        );
      const errors = await ask({ ...subject, command: 'errors' });
      for (const buffer of [...inputs, ...outputs]) buffer.dispose();
      await executable.dispose();
      const [ms, lapack] = ours.length > 0 ? [Math.min(...ours), Math.min(...theirs)] : first;
      const cells = [
        routine,
        n,
        dtype,
        three(ms),
        three(lapack),
        three(ms / lapack),
        ...errors.map(error),
        three(compiling),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}
await engine.dispose();
python.stdin.end();
await rm(folder, { recursive: true });
