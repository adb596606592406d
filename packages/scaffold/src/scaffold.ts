// Writes the folder of a new plugin from the templates: it conforms and runs as it is.

import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  didYouMean,
  formatValue,
  GaussmarkError,
  isFile,
  isRecord,
  type PluginKind,
  storageError,
} from '@gaussmark/core';
import { type Place, packageJson, tsconfig } from './package-files.js';

export const SCAFFOLD_KINDS = ['optimizer', 'model', 'dataset'] as const satisfies readonly PluginKind[];
export type ScaffoldKind = (typeof SCAFFOLD_KINDS)[number];

export interface ScaffoldOptions {
  readonly kind: string;
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** Relative to `cwd`; default `KIND-NAME`. */
  readonly directory?: string | undefined;
  readonly language: 'ts' | 'js';
  readonly cwd: string;
  /** The root of a checkout. Default: the one that this package belongs to, if any. */
  readonly checkout?: string | undefined;
}

export interface Scaffold {
  readonly kind: ScaffoldKind;
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** Relative to the directory, in order. */
  readonly files: readonly string[];
  /** Inside the `packages` of a Gaussmark checkout. */
  readonly inWorkspace: boolean;
}

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 50;
const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * Writes a new plugin: manifest, source, test, README, package.json, and outside of a checkout the recipe of a CI.
 *
 * @throws GaussmarkError for an unknown kind, an unusable name, or a folder that is not empty or cannot be made
 * @throws StorageError if the disk is full
 */
export async function scaffold(options: ScaffoldOptions): Promise<Scaffold> {
  const kind = kindOf(options.kind);
  const name = soundName(options.name);
  const { language, cwd } = options;
  const directory = path.resolve(cwd, options.directory ?? `${kind}-${name}`);
  await demandEmpty(directory);
  const checkout = options.checkout ?? (await checkoutOfGaussmark());
  const inWorkspace = checkout !== undefined && path.dirname(directory) === path.join(checkout, 'packages');
  const place: Place = { kind, name, language, directory, checkout, inWorkspace };

  const files = new Map<string, string>([
    ['package.json', packageJson(place)],
    ...(language === 'ts' ? [['tsconfig.json', tsconfig(place)] as const] : []),
  ]);
  for (const [file, text] of await templateFiles(kind, language))
    if (!(inWorkspace && file.startsWith('_'))) files.set(...filled(file, text, place));

  try {
    for (const [file, text] of files) {
      const target = path.join(directory, file);
      await mkdir(path.dirname(target), { recursive: true });
      // Never overwrite what someone else wrote meanwhile.
      await writeFile(target, text, { flag: 'wx' });
    }
  } catch (cause) {
    const refusal = REFUSALS[String((cause as NodeJS.ErrnoException).code)];
    if (refusal !== undefined) throw unusable(await firstExisting(directory), refusal, cause);
    throw storageError(directory, 'the new plugin could not be written', 'run the command again', cause);
  }
  return { kind, name, directory, files: [...files.keys()].sort(), inWorkspace };
}

function kindOf(kind: string): ScaffoldKind {
  const known = SCAFFOLD_KINDS.find((each) => each === kind);
  if (known !== undefined) return known;
  throw new GaussmarkError(`cannot make a new '${kind}'${didYouMean(kind, SCAFFOLD_KINDS)}`, {
    remedy: kind === 'engine' ? "see 'Your own engine' in docs/engines.md" : 'bench new optimizer NAME',
  });
}

function soundName(name: string): string {
  if (NAME.test(name) && name.length <= LONGEST_NAME) return name;
  const guess = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, LONGEST_NAME);
  throw new GaussmarkError(`'${name}' cannot be the name of a plugin`, {
    expected: `lower-case letters and digits, words joined by hyphens, at most ${LONGEST_NAME} characters`,
    got: formatValue(name),
    remedy: NAME.test(guess) ? `use ${guess}` : 'use a name such as heavy-ball',
  });
}

async function demandEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      const link = await readlink(directory).catch(() => undefined);
      if (link !== undefined) throw unusable(directory, `is a link to ${link}, which does not exist`, error);
      return [];
    }
    const what = REFUSALS[String(error.code)] ?? `cannot be read (${error.code})`;
    throw unusable(await firstExisting(directory), what, error);
  });
  if (entries.length === 0) return;
  throw new GaussmarkError(`${directory} is not empty`, {
    expected: 'a folder that is new or empty',
    got: `${entries.slice(0, 3).join(', ')}${entries.length > 3 ? `, and ${entries.length - 3} more` : ''}`,
    remedy: 'choose another name, or another folder with --dir',
  });
}

/** What the system refuses for a reason other than a lack of space. */
const REFUSALS: Readonly<Record<string, string>> = {
  ENOTDIR: 'is a file, not a folder',
  EEXIST: 'has changed meanwhile',
  EACCES: 'is not yours to write in',
  EPERM: 'is not yours to write in',
  EROFS: 'is on a read-only disk',
  ENAMETOOLONG: 'cannot hold such a long name',
};

const unusable = (place: string, what: string, cause: unknown) =>
  new GaussmarkError(`${place} ${what}`, {
    expected: 'a folder that is new or empty',
    remedy: 'choose another folder with --dir',
    cause,
  });

/** The path itself, or the nearest folder or file above it. */
async function firstExisting(place: string): Promise<string> {
  const parent = path.dirname(place);
  const exists = await lstat(place).then(
    () => true,
    () => false,
  );
  return exists || parent === place ? place : firstExisting(parent);
}

/** The root of the checkout that this package belongs to; undefined if it is installed from a registry. */
async function checkoutOfGaussmark(): Promise<string | undefined> {
  const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
  if (!(await isFile(path.join(root, 'pnpm-workspace.yaml')))) return undefined;
  const content: unknown = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  return isRecord(content) && content.name === 'gaussmark' ? root : undefined;
}

/** Files by path, relative to the plugin's folder. */
async function templateFiles(kind: ScaffoldKind, language: 'ts' | 'js'): Promise<[string, string][]> {
  const folders = [path.join(TEMPLATES, 'common'), path.join(TEMPLATES, kind)];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return Promise.all(
        entries
          .filter((entry) => entry.isFile())
          .map(async (entry): Promise<[string, string]> => {
            const file = path.join(entry.parentPath, entry.name);
            const name = path.relative(folder, file).split(path.sep).join('/');
            return [name, await readFile(file, 'utf8')];
          }),
      );
    }),
  );
  return found.flat().flatMap(([file, text]): [string, string][] => {
    const [, own, rest] = /^(ts|js)\/(.+)$/.exec(file) ?? [];
    if (own === undefined) return [[file, text]];
    return own === language ? [[rest!, text]] : [];
  });
}

/** A template's place and text in the new folder. In a workspace, sources and tests are where those of its packages are. */
function filled(file: string, text: string, { kind, name, language, directory, inWorkspace }: Place) {
  const [index, test] = inWorkspace
    ? [`src/index.${language}`, `test/${kind}.test.${language}`]
    : [`index.${language}`, `test.${language}`];
  const places: Readonly<Record<string, string>> = {
    [`index.${language}`]: index,
    [`test.${language}`]: test,
  };
  const words: Readonly<Record<string, string>> = {
    name,
    Type: name.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase()),
    entry: `./${index}`,
    index,
    test,
    path: inWorkspace ? `packages/${path.basename(directory)}` : '.',
  };
  // In Markdown, underscores would be formatted.
  const placeholder = file.endsWith('.md') ? /\{\{([A-Za-z]+)\}\}/g : /__([A-Za-z]+)__/g;
  const own = text.replaceAll(placeholder, (whole, word: string) => words[word] ?? whole);
  // The workspace's tests run in Vitest, whose import comes after those of our packages.
  const moved = !inWorkspace
    ? own
    : own
        .replace("import { test } from 'node:test';\n", '')
        .replace(
          /^(import .* from )'\.\/index(\.[jt]s)'/m,
          "import { test } from 'vitest';\n$1'../src/index$2'",
        );
  return [places[file] ?? file.replace(/^_/, '.'), moved] as const;
}
