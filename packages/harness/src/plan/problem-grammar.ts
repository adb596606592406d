// The grammar of problems on the command line:
//
//   problems = problem { "," problem }
//   problem  = selection                            a name, and what to change of it: mnist[batchSize=100]
//            | path [ changes ]                     a .json file
//            | selection "+" selection [ changes ]  a dataset and a model: sine+mlp[hidden=[8]][batchSize=50]
//   changes  = "[" item { "," item } "]"            as in a selection
//
// A path that holds brackets, commas or a plus sign stands in quotation marks, unless nothing follows it.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  GaussmarkError,
  parseChangedSelection,
  parseSelection,
  type Selection,
  SelectionReader,
  splitSelections,
} from '@gaussmark/core';
import { isPath } from '../builtin.js';

/** What a text calls a problem, and what it changes of it. */
export type ProblemReference = {
  /** As it was written. */
  readonly text: string;
  readonly changes: Selection['grid'];
} & (
  | { readonly kind: 'name' | 'file'; readonly base: string }
  | { readonly kind: 'pair'; readonly dataset: Selection; readonly model: Selection }
);

/**
 * Reads the problems of a text. A text that is a file's very path is that file, whatever characters it holds.
 *
 * @throws GaussmarkError for a text that the grammar does not have.
 */
export async function readProblems(text: string, cwd: string): Promise<ProblemReference[]> {
  if (isPath(text) && (await isFile(path.resolve(cwd, text)))) {
    return [{ kind: 'file', text, base: text, changes: {} }];
  }
  const parts = splitSelections(text, ',');
  if (parts.length > 1 && parts.includes('')) {
    throw new GaussmarkError(`cannot read the problems '${text}'`, {
      expected: 'a problem before and after each comma',
      got: `${parts.filter((part) => part !== '').length} problems and ${parts.length - 1} commas`,
    });
  }
  return parts.map(readProblem);
}

function readProblem(text: string): ProblemReference {
  const [first = '', second, ...more] = splitSelections(text, '+');
  if (more.length > 0) {
    throw new GaussmarkError(`cannot read the problem '${text}'`, {
      expected: "one '+', between a dataset and a model",
      got: `${more.length + 1} of them`,
    });
  }
  if (second !== undefined) {
    const { selection, changes } = parseChangedSelection(second);
    return { kind: 'pair', text, dataset: parseSelection(first), model: selection, changes };
  }
  const file = readPath(first);
  if (file !== undefined) {
    return { kind: 'file', text, base: file.path, changes: parseSelection(`problem${file.rest}`).grid };
  }
  const { name, grid } = parseSelection(first);
  return { kind: 'name', text, base: name, changes: grid };
}

/** A path and what follows it; `undefined` for a selection. */
function readPath(text: string): { readonly path: string; readonly rest: string } | undefined {
  if (/^["']/.test(text)) {
    const reader = new SelectionReader(text);
    const quoted = reader.quoted();
    return { path: quoted, rest: text.slice(reader.position) };
  }
  const name = /^([A-Za-z][\w.-]*)\s*(?:\[|$)/.exec(text)?.[1];
  if (name !== undefined && !isPath(name)) return undefined;
  const found = /^(.*?\.json)\s*(\[.*)?$/is.exec(text) ?? /^([^[]*)(\[.*)?$/s.exec(text)!;
  const base = found[1]!.trim();
  return isPath(base) ? { path: base, rest: found[2] ?? '' } : undefined;
}

const isFile = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;
