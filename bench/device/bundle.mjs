// `node bench/device/bundle.mjs`: packs what a measurement on a GPU needs into one archive, for a machine without Node or network.
//
//   gaussmark-device/
//     bin/node              this Node, stripped
//     bench/, packages/     run.sh and the programs that it runs, built
//     node_modules/         their dependencies, koffi and ONNX Runtime among them
//     cache/mnist           MNIST
//     data/fashion          the mini-batches of fashion that are measured, of Fashion-MNIST or, where that is missing here, generated

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { filesOf, packagesOf, sizeBelow } from './src/contents.mjs';
import { addData } from './src/data.mjs';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const NAME = 'gaussmark-device';
const MOST_BYTES = 60e6;

const USAGE = `Usage: node bench/device/bundle.mjs [options]

  --out PLACE   gaussmark-device.tar.xz (default), an archive .tar, or a folder to be created
  --no-data     without MNIST and Fashion-MNIST: only generated data, to try a bundle
`;

const log = (line) => process.stderr.write(`${line}\n`);

let options;
try {
  ({ values: options } = parseArgs({
    options: {
      out: { type: 'string', default: `${NAME}.tar.xz` },
      data: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h' },
    },
    allowNegative: true,
  }));
} catch (error) {
  log(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) process.stdout.write(USAGE);
else {
  try {
    await bundle(options);
  } catch (error) {
    log(`error: ${error.message}`);
    process.exitCode = 1;
  }
}

async function bundle({ out, data }) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`a bundle is made on Linux on x86-64, got ${process.platform} on ${process.arch}`);
  if (existsSync(out) && statSync(out).isDirectory())
    throw new Error(`${out} exists; name a new folder or an archive`);
  const work = mkdtempSync(path.join(path.dirname(path.resolve(out)), `.${NAME}-`));
  try {
    const root = path.join(work, NAME);
    mkdirSync(root);
    const sizes = {
      'bin/node': addNode(root),
      ...addPackages(root),
      bench: addPrograms(root),
      data: await addData(root, { repository: REPOSITORY, isWanted: data, log }),
    };
    for (const [name, bytes] of Object.entries(sizes))
      log(`${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${name}`);
    if (!/\.tar(\.xz)?$/.test(out)) {
      renameSync(root, out);
      log(`${out}: run ${path.join(out, 'bench/device/run.sh')}`);
      return;
    }
    pack(work, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** This Node without symbols. */
function addNode(root) {
  const file = path.join(root, 'bin/node');
  mkdirSync(path.dirname(file));
  run('strip', ['-o', file, process.execPath], 'install binutils (Debian: apt install binutils)');
  const libraries = run('ldd', [file], 'install libc-bin');
  const foreign = libraries.split('\n').find((line) => /libnode|libuv|libv8/.test(line));
  if (foreign !== undefined)
    throw new Error(
      `this Node needs a shared library of the system (${foreign.trim()}); use a build from nodejs.org`,
    );
  return statSync(file).size;
}

/** Packages, and links to ours where Node looks for them. */
function addPackages(root) {
  const sizes = { packages: 0, node_modules: 0 };
  for (const [place, folder] of packagesOf(REPOSITORY)) {
    for (const file of filesOf(place, folder)) {
      const source = path.join(folder, file);
      cpSync(source, path.join(root, place, file), { dereference: true });
      sizes[place.split('/')[0]] += statSync(source).size;
    }
    if (!place.startsWith('packages/')) continue;
    const name = path.basename(place);
    const link = path.join(root, 'node_modules/@gaussmark', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join('../../packages', name), link);
  }
  return sizes;
}

function addPrograms(root) {
  const folders = ['bench/device', 'bench/peers/src', 'bench/peers/peers'];
  for (const folder of folders) {
    cpSync(path.join(REPOSITORY, folder), path.join(root, folder), {
      recursive: true,
      filter: (source) => !/__pycache__|\/test$/.test(source),
    });
  }
  cpSync(path.join(REPOSITORY, 'LICENSE'), path.join(root, 'LICENSE'));
  writeFileSync(
    path.join(root, 'package.json'),
    `${JSON.stringify({ name: NAME, private: true, type: 'module' })}\n`,
  );
  writeFileSync(path.join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n');
  const about = { created: new Date().toISOString(), node: process.version, commit: commitOf() };
  writeFileSync(path.join(root, 'bundle.json'), `${JSON.stringify(about, null, 2)}\n`);
  return sizeBelow(path.join(root, 'bench'));
}

function commitOf() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
}

function pack(work, out) {
  const tar = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-C',
    work,
    '-cf',
    path.resolve(out),
  ];
  const compress = out.endsWith('.xz') ? ['-I', 'xz -9e -T0'] : [];
  log(`packing ${out}${compress.length > 0 ? ', which takes a minute or two' : ''}`);
  run('tar', [...compress, ...tar, NAME], 'install tar and xz (Debian: apt install tar xz-utils)');
  const { size } = statSync(out);
  if (compress.length > 0 && size > MOST_BYTES)
    throw new Error(`${out} has ${(size / 1e6).toFixed(1)} MB, more than ${MOST_BYTES / 1e6}`);
  log(`${out}: ${(size / 1e6).toFixed(1)} MB; on the machine with the GPU:`);
  log(`  tar xf ${path.basename(out)} && sh ${NAME}/bench/device/run.sh`);
}

/** @throws Error with the remedy if the tool fails */
function run(tool, args, remedy) {
  try {
    return execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const reason =
      error.code === 'ENOENT'
        ? `there is no ${tool}: ${remedy}`
        : String(error.stderr || error.message).trim();
    throw new Error(`${tool} failed: ${reason}`);
  }
}
