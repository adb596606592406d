// A process that leaves with exit code 7 while native work runs. Arguments: how, the plugin, a program of one 1000 x 1000 matrix.
import { Client, loadPlugin } from '../dist/pjrt/index.js';

const [mode, file, program] = process.argv.slice(2);
process.env.TF_CPP_MIN_LOG_LEVEL = '3';
const plugin = loadPlugin(file);
const client = Client.create(plugin, { options: { cpu_device_count: 1 }, environment: { PJRT_NPROC: '2' } });

/** A chain so long that LLVM needs a large stack for it. */
const chain = () => {
  const lines = Array.from(
    { length: 1200 },
    (_, i) => `%${i} = stablehlo.sine ${i === 0 ? '%x' : `%${i - 1}`} : tensor<8xf64>`,
  );
  return `module @m { func.func public @main(%x: tensor<8xf64>) -> tensor<8xf64> { ${lines.join('\n')} return %1199 : tensor<8xf64> } }`;
};
if (mode === 'deep') {
  await client.compile(chain());
  process.exit(7);
}
if (mode === 'compile') {
  setTimeout(() => process.exit(7), 20);
  await client.compile(chain());
}
const executable = await client.compile(program);
const input = client.put({ dtype: 'float64', shape: [1000, 1000] }, new Float64Array(1e6));
const event = executable.start([input], []);
if (mode === 'run') process.exit(7);
if (mode === 'throw') throw new Error('on purpose');
if (mode === 'wait') setTimeout(() => process.exit(7), 5);
await plugin.wait(event);
process.exit(7);
