// A separate process that loads a plugin, runs a program with it if there is a device, and prints what it found.

import { matmul, tensorValue, trace } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';
import { loadPlugin } from '../pjrt/index.js';
import { type PlatformName, resolveHyperparameters } from '../settings.js';
import { PLATFORMS } from './platforms.js';
import { startEngine } from './start.js';

const [library, name] = process.argv.slice(2) as [string, PlatformName];
const platform = PLATFORMS[name];

async function check(): Promise<string> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const { version } = loadPlugin(library, { dependencies: platform.dependencies(library) });
  const title = `XLA's plugin for ${platform.title}, PJRT C API ${version.join('.')}`;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  try {
    engine = await startEngine(resolveHyperparameters({ platform: name, plugin: library, threads: 1 }));
  } catch (error) {
    // A machine that only prepares an installation may have no GPU.
    if (name === 'cpu' || !(error instanceof GaussmarkError)) throw error;
    return `${title}; it starts on no device here: ${error.got ?? error.summary}`;
  }
  const type = { dtype: 'float32', shape: [2, 2] } as const;
  const executable = await engine.compile(trace(matmul, type, type).program);
  const operands = [
    tensorValue('float32', [2, 2], [1, 2, 3, 4]),
    tensorValue('float32', [2, 2], [5, 6, 7, 8]),
  ];
  const [product] = await executable.run(operands.map((value) => engine.upload(value)));
  const values = Array.from(await product!.read());
  await engine.dispose();
  if (values.join() !== '19,22,43,50') throw new Error(`wrong matrix product: ${values.join(' ')}`);
  return title;
}

try {
  console.log(await check());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
