// The grammar of problems on the command line:
//
//   problems = problem { "," problem }
//   problem  = selection                            a name, and what to change of it: mnist[batchSize=100]
//            | path [ changes ]                     a .json file
//            | selection "+" selection [ changes ]  a dataset and a model: sine+mlp[hidden=[8]][batchSize=50]
//   changes  = "[" item { "," item } "]"            as in a selection
//
// A path with brackets, commas or a plus sign must be quoted, unless nothing follows it.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { escapeInvisible } from './display-text.js';
import { GaussmarkError } from './errors.js';
import { withHome } from './home-paths.js';
import { parseChangedSelection, parseSelection, type Selection, splitSelections } from './selection.js';
import { SelectionReader } from './selection-values.js';

/** A problem as referred to by the user, with changes. */
export type ProblemReference = {
  /** The text as written. */
  readonly text: string;
  readonly changes: Selection['grid'];
} & (
  | { readonly kind: 'name' | 'file'; readonly base: string }
  | { readonly kind: 'pair'; readonly dataset: Selection; readonly model: Selection }
);

/**
 * Parses the problems in a text. A text that is exactly the path of a file means that file, whatever characters it contains.
 *
 * @throws GaussmarkError for a text that does not match the grammar.
 */
export async function readProblems(text: string, cwd: string): Promise<ProblemReference[]> {
  if (isPath(text) && (await isFile(path.resolve(cwd, withHome(text))))) {
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
      got: `${more.length + 1}`,
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

/** The path of a problem file in a form that {@link readProblems} reads back, alone, in a list and with changes. */
export function formatPath(asked: string, cwd: string): string {
  const plain = plainPath(asked, cwd);
  return readsBack(plain) ? plain : escapeInvisible(JSON.stringify(plain));
}

/**
 * The canonical form of a path: relative to the working directory, unless it is outside and was given as absolute.
 *
 * @internal
 */
export function plainPath(asked: string, cwd: string): string {
  const given = withHome(asked);
  const relative = path.relative(cwd, path.resolve(cwd, given));
  const isElsewhere = path.isAbsolute(given) && (relative.startsWith('..') || path.isAbsolute(relative));
  const chosen = isElsewhere ? path.normalize(given) : relative;
  return isPath(chosen) && !chosen.startsWith('~') ? chosen : `.${path.sep}${chosen}`;
}

/** Whether an unquoted path is read back as itself, even with changes after it. */
function readsBack(plain: string): boolean {
  if (escapeInvisible(plain) !== plain) return false;
  try {
    return ['', '[batchSize=1]'].every((changes) => {
      const [part, ...others] = splitSelections(`${plain}${changes}`, ',');
      const read = others.length === 0 ? readProblem(part!) : undefined;
      return (
        read?.kind === 'file' &&
        read.base === plain &&
        Object.keys(read.changes).length === (changes === '' ? 0 : 1)
      );
    });
  } catch (error) {
    if (error instanceof GaussmarkError) return false;
    throw error;
  }
}

const isFile = async (file: string) => (await stat(file).catch(() => undefined))?.isFile() === true;

/**
 * Whether a text means a file: it ends in .json or contains a folder.
 *
 * @internal
 */
export function isPath(text: string): boolean {
  return /\.json$/i.test(text) || /[\\/]/.test(text);
}
