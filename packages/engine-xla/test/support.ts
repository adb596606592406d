// Shared by the tests: the plugin to test with, if there is one, and programs in StableHLO.

import { beforeAll } from 'vitest';
import { installedPlugin, VARIABLE } from '../src/plugins/find.js';

/** The CPU plugin: GAUSSMARK_PJRT_PLUGIN's, or the installed one. */
export const PLUGIN = installedPlugin('cpu')?.file;

/** Why tests that need a plugin are skipped. */
export const WITHOUT = `no XLA plugin for the CPU here (bench engine install xla-cpu, or ${VARIABLE})`;

/** Plugins write to stderr what tests provoke. */
export function quiet(): void {
  beforeAll(() => {
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  });
}

/** `(a: float64[n,n]) -> a^times`: a program that takes long. */
export function powers(n: number, times: number): string {
  const type = `tensor<${n}x${n}xf64>`;
  const products = Array.from(
    { length: times },
    (_, i) =>
      `%${i} = stablehlo.dot_general ${i === 0 ? '%a' : `%${i - 1}`}, %a, contracting_dims = [1] x [0] : (${type}, ${type}) -> ${type}`,
  );
  return moduleOf(`%a: ${type}`, type, [...products, `return %${times - 1} : ${type}`]);
}

/** `(x: float64[2]) -> x + x`. */
export const TWICE = moduleOf('%x: tensor<2xf64>', 'tensor<2xf64>', [
  '%0 = stablehlo.add %x, %x : tensor<2xf64>',
  'return %0 : tensor<2xf64>',
]);

export function moduleOf(inputs: string, outputs: string, body: readonly string[]): string {
  return `module @m {\n func.func public @main(${inputs}) -> (${outputs}) {\n  ${body.join('\n  ')}\n }\n}\n`;
}
