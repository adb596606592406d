// Finds problems, profiles and published results: built-in ones and users' files.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DEFINITION_LIMIT,
  didYouMean,
  GaussmarkError,
  isPath,
  type ProblemDefinition,
  type ProblemDefinitions,
  type ProfileDefinition,
  type PublishedResults,
  parseProblem,
  parseProfile,
  parsePublishedResults,
  readJson,
  withHome,
} from '@gaussmark/core';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

type Parse<T> = (document: unknown, file: string) => T;

/** The built-in problems, by name. */
export function builtinProblems(): Promise<ProblemDefinition[]> {
  return readFolder('problems', parseProblem);
}

/** The built-in profiles, by name. */
export function builtinProfiles(): Promise<ProfileDefinition[]> {
  return readFolder('profiles', parseProfile);
}

async function readFolder<T extends { readonly name: string }>(
  folder: string,
  parse: Parse<T>,
): Promise<T[]> {
  const directory = path.join(PACKAGE, folder);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.json'));
  const all = await Promise.all(files.map((file) => readDefinition(path.join(directory, file), parse)));
  return all.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/**
 * A built-in problem by name, or a problem by the path of its file.
 *
 * @throws GaussmarkError if there is none, with the nearest name; or if the file is missing or invalid
 */
export async function findProblem(
  text: string,
  cwd: string,
  isFile: boolean = isPath(text),
): Promise<ProblemDefinition> {
  if (isFile) return readDefinition(path.resolve(cwd, withHome(text)), parseProblem, text);
  return byName('problem', text, await builtinProblems(), [
    'a problem is a name, the path of a .json file,',
    "or data and a network of your own: 'csv[path=houses.csv,task=regression,target=price]+mlp[hidden=[64,64]]'",
  ]);
}

/** The problems that a command run in `cwd` can name. */
export function problemDefinitions(cwd: string): ProblemDefinitions {
  return { cwd, named: builtinProblems, find: (text, isFile) => findProblem(text, cwd, isFile) };
}

/**
 * A built-in profile by name, or a profile by the path of its file.
 *
 * @throws GaussmarkError as {@link findProblem}
 */
export async function findProfile(text: string, cwd: string): Promise<ProfileDefinition> {
  if (isPath(text)) return readDefinition(path.resolve(cwd, withHome(text)), parseProfile, text);
  return byName('profile', text, await builtinProfiles(), [
    'a profile is a name, or the path of a .json file',
  ]);
}

/**
 * The published results that a profile compares with; `undefined` without any.
 *
 * @param text the name or file of the profile; paths of results are relative to it
 * @throws GaussmarkError as {@link findProblem}
 */
export async function findPublished(
  profile: ProfileDefinition,
  text: string,
  cwd: string,
): Promise<PublishedResults | undefined> {
  const { published } = profile;
  if (published === undefined) return undefined;
  if (isPath(published)) {
    const folder = isPath(text)
      ? path.dirname(path.resolve(cwd, withHome(text)))
      : path.join(PACKAGE, 'profiles');
    return readDefinition(path.resolve(folder, published), parsePublishedResults, published);
  }
  return byName('published results', published, await readFolder('published', parsePublishedResults), [
    'published results are a name, or the path of a .json file',
  ]);
}

function byName<T extends { readonly name: string }>(
  what: string,
  name: string,
  all: readonly T[],
  remedy: readonly string[],
): T {
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = all.map((each) => each.name);
  throw new GaussmarkError(`unknown ${what} '${name}'${didYouMean(name, names)}`, {
    remedy: remedy.join(' '),
  });
}

async function readDefinition<T>(file: string, parse: Parse<T>, label = file): Promise<T> {
  return parse(await readJson(file, { label, limit: DEFINITION_LIMIT }), label);
}
