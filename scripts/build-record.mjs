// Records a hash of a package's sources beside its build, to detect stale builds without relying on file times.
//
//   node ../../scripts/build-record.mjs           in a package, after its build: writes dist/.built-from.json
//   node scripts/build-record.mjs --check [ROOT]  in a checkout: prints the stale packages, and exits with 1 if there are any
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const RECORD = path.join('dist', '.built-from.json');

/** sha256 of everything a build reads: sources, scripts, configuration. */
export function sourceDigest(directory) {
  const hash = createHash('sha256');
  const inFolders = ['src', 'scripts'].flatMap((folder) =>
    existsSync(path.join(directory, folder))
      ? readdirSync(path.join(directory, folder), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(directory, path.join(entry.parentPath ?? entry.path, entry.name)))
      : [],
  );
  const files = [...inFolders, 'tsconfig.json'].map((file) => file.split(path.sep).join('/')).sort();
  for (const file of files) {
    // Git may check out other line endings.
    const text = readFileSync(path.join(directory, file), 'utf8').replaceAll('\r\n', '\n');
    hash.update(`${file}\0${text.length}\0`).update(text);
  }
  const { scripts } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return hash.update(scripts?.build ?? '').digest('hex');
}

/** Packages whose sources changed since their build; installed packages have no sources. */
export function stalePackages(root) {
  const packages = path.join(root, 'packages');
  if (!existsSync(packages)) return [];
  return readdirSync(packages).filter((name) => {
    const directory = path.join(packages, name);
    if (!existsSync(path.join(directory, 'src')) || !existsSync(path.join(directory, 'tsconfig.json')))
      return false;
    const record = path.join(directory, RECORD);
    return (
      !existsSync(record) || JSON.parse(readFileSync(record, 'utf8')).sources !== sourceDigest(directory)
    );
  });
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === '--check') {
    const stale = stalePackages(path.resolve(process.argv[3] ?? '.'));
    process.stdout.write(stale.map((name) => `${name}\n`).join(''));
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const directory = process.cwd();
    writeFileSync(path.join(directory, RECORD), `${JSON.stringify({ sources: sourceDigest(directory) })}\n`);
  }
}
