// Third-party code is pinned: actions by commit, tools and wheels by version and hash.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  CUDA_WHEELS,
  KERNELS,
  PROTOBUF,
  TENSORFLOW_WHEELS,
} from '../packages/engine-tfjs/src/native-downloads.js';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const workflows = readdirSync(path.join(ROOT, '.github'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));

/** Lines with the matches of a pattern. */
function found(file: string, pattern: RegExp): { readonly line: string; readonly what: string }[] {
  return read(file)
    .split('\n')
    .flatMap((line) => [...line.matchAll(pattern)].map((match) => ({ line: line.trim(), what: match[1]! })));
}

describe('workflows', () => {
  it('are found', () => {
    expect(workflows).toEqual(
      expect.arrayContaining(['.github/workflows/ci.yml', '.github/actions/setup/action.yml']),
    );
  });

  it.each(workflows)('%s pins every action by commit, with its version beside it', (file) => {
    const actions = found(file, /\buses:\s*(\S+)/g).filter(({ what }) => !what.startsWith('./'));
    const loose = actions.filter(({ line }) => !/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
    expect(loose).toEqual([]);
  });

  it('use one commit per action', () => {
    const used = workflows.flatMap((file) => found(file, /\buses:\s*([^.\s]\S+)/g).map(({ what }) => what));
    const names = used.map((each) => each.split('@')[0]!);
    expect(new Set(used).size).toBe(new Set(names).size);
    expect(names.length).toBeGreaterThan(10);
  });
});

describe('tools', () => {
  it.each([...workflows, '.ci/run'])('%s pins the packages that it installs and runs', (file) => {
    const packages = found(file, /\b(?:npx (?:-y |--yes )|npm install --global |npm i -g )(\S+)/g);
    expect(packages.filter(({ what }) => !/@\d+\.\d+\.\d+$/.test(what))).toEqual([]);
    expect(found(file, /\b(pip3? install|pip3? download)\b(?!.*--require-hashes)/g)).toEqual([]);
  });

  it('use the pnpm of package.json', () => {
    const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
    for (const file of ['.ci/run', '.github/actions/setup/action.yml'])
      expect(found(file, /(pnpm@\S+)/g).map(({ what }) => what)).toEqual([packageManager]);
  });
});

describe("TensorFlow's native library", () => {
  it.each([...Object.values(TENSORFLOW_WHEELS), ...CUDA_WHEELS])('pins a wheel by hash: %s', (line) => {
    expect(line).toMatch(/^[a-z][a-z0-9-]*==\d[\d.]* --hash=sha256:[0-9a-f]{64}$/);
  });

  it('pins npm packages by integrity, and kernels to the version of the core', () => {
    const engine = createRequire(path.join(ROOT, 'packages/engine-tfjs/package.json'));
    const { version } = engine('@tensorflow/tfjs-core/package.json') as { version: string };
    expect(KERNELS.spec).toBe(`@tensorflow/tfjs-node@${version}`);
    for (const { spec, integrity } of [KERNELS, PROTOBUF]) {
      expect(spec).toMatch(/@\d+\.\d+\.\d+$/);
      expect(Buffer.from(integrity.slice('sha512-'.length), 'base64')).toHaveLength(64);
    }
  });
});
