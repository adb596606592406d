import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Settings of the fast and the slow tests. */
export const common: TestProjectInlineConfiguration['test'] = {
  // Packages see each other as users do, through their built entry; only a package's own sources are transformed.
  server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  // Tests that load ONNX Runtime themselves send nothing either.
  env: { ORT_DISABLE_TELEMETRY: '1' },
  // Some tests run several commands, each of which takes seconds on a busy machine.
  testTimeout: 90_000,
  pool: 'forks',
  // By default one less than the cores, which is one of two; much of a test's time is spent waiting for processes.
  maxWorkers: '100%',
};

/** Mathematics: these tests change nothing that others see, so the files of a worker share its modules. */
const PURE =
  'packages/{autodiff,linalg,models,optim,optimizer-*,problem,random,statistics}/test/**/*.test.ts';

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: 'pure', include: [PURE], isolate: false } },
      {
        test: {
          ...common,
          name: 'others',
          include: ['packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/node_modules/**', PURE],
        },
      },
    ],
  },
});
