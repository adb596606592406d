import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    // Packages see each other as users do, through their built entry; only a package's own sources are transformed.
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
    // Tests that load ONNX Runtime themselves send nothing either.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    // Some tests run several commands, each of which takes seconds on a busy machine.
    testTimeout: 90_000,
    pool: 'forks',
    // By default one less than the cores, which is one of two; much of a test's time is spent waiting for processes.
    maxWorkers: '100%',
  },
});
