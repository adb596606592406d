// The PJRT client on a real plugin: compilation, runs, transfers, errors, and leaving the process at any time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, loadPlugin, PjrtError, type Plugin } from '../src/pjrt/index.js';
import { moduleOf, PLUGIN, powers, quiet, TWICE, WITHOUT } from './support.js';

const OPTIONS = { options: { cpu_device_count: 1 }, environment: { PJRT_NPROC: '1' } } as const;
const TWO = { dtype: 'float64', shape: [2] } as const;

describe.skipIf(PLUGIN === undefined)(`PJRT (${PLUGIN ?? WITHOUT})`, () => {
  quiet();
  let plugin: Plugin;
  let client: Client;
  beforeAll(() => {
    plugin = loadPlugin(PLUGIN!);
    client = Client.create(plugin, OPTIONS);
  });
  afterAll(() => client.destroy());

  /** Runs a program on one buffer of two float64. */
  async function run(executable: Awaited<ReturnType<Client['compile']>>, values: Float64Array) {
    const input = client.put(TWO, values);
    const outputs: number[] = [];
    await plugin.wait(executable.start([input], outputs));
    const result = new Float64Array(2);
    await client.get(outputs[0]!, TWO, result);
    for (const buffer of [input, ...outputs]) plugin.destroyBuffer(buffer);
    return [...result];
  }

  it('describes the plugin and its device', () => {
    expect(loadPlugin(PLUGIN!)).toBe(plugin);
    expect(plugin.version[0]).toBe(0);
    expect(plugin.version[1]).toBeGreaterThanOrEqual(81);
    expect(plugin.attributes.stablehlo_current_version).toHaveLength(3);
    expect([client.platform, client.deviceCount]).toEqual(['cpu', 1]);
    expect(() => Client.create(plugin, { ...OPTIONS, device: 3 })).toThrow(/no device 3/);
  });

  it('leaves the environment as it was', () => {
    expect(process.env.PJRT_NPROC).toBeUndefined();
  });

  it('copies values to the device and back, of every dtype', async () => {
    const values = [
      ['float32', Float32Array.of(1.5, -0, Number.NaN)],
      ['float64', Float64Array.of(Math.PI, 1e300, -1)],
      ['int32', Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)],
      ['bool', Uint8Array.of(1, 0, 1)],
    ] as const;
    for (const [dtype, data] of values) {
      const type = { dtype, shape: [3] };
      const buffer = client.put(type, data);
      const [copied, mapped] = [data.slice().fill(0), data.slice().fill(0)];
      await client.get(buffer, type, copied);
      client.copy(buffer, mapped);
      expect([copied, mapped]).toEqual([data, data]);
      plugin.destroyBuffer(buffer);
    }
  });

  it('runs, serializes and loads', async () => {
    const executable = await client.compile(TWICE);
    expect(executable.outputCount).toBe(1);
    expect(await run(executable, Float64Array.of(1, 2.5))).toEqual([2, 5]);
    const again = await client.load(executable.serialize());
    executable.destroy();
    executable.destroy();
    expect(await run(again, Float64Array.of(3, -1))).toEqual([6, -2]);
    again.destroy();
  });

  it('propagates NaN through maximum with the flag, and rejects unknown flags', async () => {
    const program = moduleOf('%x: tensor<2xf64>', 'tensor<2xf64>', [
      '%one = stablehlo.constant dense<1.0> : tensor<2xf64>',
      '%0 = stablehlo.maximum %x, %one : tensor<2xf64>',
      'return %0 : tensor<2xf64>',
    ]);
    const executable = await client.compile(program, { xla_cpu_enable_fast_min_max: false });
    expect(await run(executable, Float64Array.of(Number.NaN, 3))).toEqual([Number.NaN, 3]);
    executable.destroy();
    await expect(client.compile(program, { xla_no_such_flag: 1 })).rejects.toThrow(PjrtError);
  });

  it('reports errors with their status', async () => {
    await expect(client.compile('module { nonsense }')).rejects.toThrow(/nonsense/);
    await expect(client.load(Uint8Array.of(1, 2, 3))).rejects.toThrow(PjrtError);
    const executable = await client.compile(TWICE);
    expect(() => executable.start([], [])).toThrow(/supplied 0 .* expected 1/);
    executable.destroy();
    try {
      await client.compile(moduleOf('', 'tensor<2xf64>', ['return']));
    } catch (error) {
      expect(error).toMatchObject({ call: 'Client_Compile', status: expect.stringMatching(/^[A-Z_]+$/) });
    }
  });

  it('keeps the event loop turning while it compiles and computes', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const executable = await client.compile(powers(400, 6));
    const afterCompiling = turns;
    const type = { dtype: 'float64', shape: [400, 400] } as const;
    const input = client.put(type, new Float64Array(400 * 400));
    const outputs: number[] = [];
    const event = executable.start([input], outputs);
    await plugin.wait(event);
    clearInterval(timer);
    for (const buffer of [input, ...outputs]) plugin.destroyBuffer(buffer);
    executable.destroy();
    expect(afterCompiling).toBeGreaterThan(0);
  });

  it('runs with more inputs than before', async () => {
    const sum = (n: number) => {
      const names = Array.from({ length: n }, (_, i) => `%a${i}`);
      const adds = names
        .slice(1)
        .map((name, i) => `%s${i + 1} = stablehlo.add ${i === 0 ? '%a0' : `%s${i}`}, ${name} : tensor<f64>`);
      const inputs = names.map((name) => `${name}: tensor<f64>`).join(', ');
      return moduleOf(inputs, 'tensor<f64>', [...adds, `return %s${n - 1} : tensor<f64>`]);
    };
    const executable = await client.compile(sum(40));
    const scalar = { dtype: 'float64', shape: [] } as const;
    const inputs = Array.from({ length: 40 }, (_, i) => client.put(scalar, Float64Array.of(i)));
    const outputs: number[] = [];
    await plugin.wait(executable.start(inputs, outputs));
    const result = new Float64Array(1);
    await client.get(outputs[0]!, scalar, result);
    expect(result[0]).toBe(780);
    for (const buffer of [...inputs, ...outputs]) plugin.destroyBuffer(buffer);
    executable.destroy();
  });

  it.each(['run', 'wait', 'throw', 'compile', 'deep', 'idle'])(
    'leaves the process with its own exit code: %s',
    async (mode) => {
      const script = fileURLToPath(new URL('./leaving-process.mjs', import.meta.url));
      const child = spawn(process.execPath, [script, mode, PLUGIN!, powers(1000, 6)], { stdio: 'ignore' });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal]).toEqual([mode === 'throw' ? 1 : 7, null]);
    },
  );
});
