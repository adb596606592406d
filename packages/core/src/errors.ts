// Errors that a user can fix; the command line reports them and exits with code 2.

import { lock } from '@gaussmark/autodiff';
import { distance } from 'fastest-levenshtein';
import { shorten } from './display-text.js';

/** One mistake in a document: where it is, what was expected, what was found. */
export interface Issue {
  /** JSON pointer (RFC 6901) of the offending value; '' is the whole document. */
  readonly pointer: string;
  /** What is wrong, where `expected` and `got` do not tell. */
  readonly problem?: string | undefined;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
}

export interface ErrorDetails {
  /** The plugin at fault: `optimizer 'sgn'`. */
  readonly plugin?: string | undefined;
  /** The file at fault. */
  readonly file?: string | undefined;
  readonly pointer?: string | undefined;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  /** How to fix it. */
  readonly remedy?: string | undefined;
  /** The plugin is right to refuse this model or data, which are not what it is for: a check of the plugin is skipped. Default false. */
  readonly unsupported?: boolean | undefined;
  /** All mistakes of a document; the first also fills `pointer`, `expected` and `got`. */
  readonly issues?: readonly Issue[] | undefined;
  readonly cause?: unknown;
}

/**
 * A user's mistake, or something missing. `message` is the whole text, one detail per line:
 *
 * ```
 * packages/optimizer-sgn/manifest.json is not a valid manifest
 *   plugin:   optimizer 'sgn'
 *   at:       /hyperparameters/properties/rho/default
 *   expected: a number greater than 0
 *   got:      "0.1"
 *   to fix:   ...
 * ```
 *
 * @example
 * const error = new GaussmarkError('no such layer', { plugin: "model 'mlp'", expected: 'hidden', remedy: 'rename it' });
 * error.message; // = "no such layer\n  plugin:   model 'mlp'\n  expected: hidden\n  to fix:   rename it"
 */
export class GaussmarkError extends Error {
  override readonly name = 'GaussmarkError';
  /** The first line of the message. */
  readonly summary: string;
  readonly plugin: string | undefined;
  readonly file: string | undefined;
  readonly pointer: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly remedy: string | undefined;
  readonly unsupported: boolean;
  readonly issues: readonly Issue[];

  constructor(summary: string, details: ErrorDetails = {}) {
    const issues = details.issues?.map(shortenAll) ?? [];
    const first = issues[0];
    const complete = {
      ...shortenAll(details),
      pointer: shortened(details.pointer) ?? first?.pointer,
      expected: shortened(details.expected) ?? first?.expected,
      got: shortened(details.got) ?? first?.got,
      issues,
    };
    const subject = shorten(summary);
    super(format(subject, complete), details.cause === undefined ? undefined : { cause: details.cause });
    this.summary = subject;
    this.plugin = complete.plugin;
    this.file = details.file;
    this.pointer = complete.pointer;
    this.expected = complete.expected;
    this.got = complete.got;
    this.remedy = complete.remedy;
    this.unsupported = details.unsupported ?? false;
    this.issues = issues;
  }
}
lock(GaussmarkError);

/**
 * A model does not fit its data. The combination is skipped; it is not an error of the user.
 *
 * @example
 * new Mismatch('expected images, got vectors') instanceof GaussmarkError; // = false
 */
export class Mismatch extends Error {}
lock(Mismatch);

/** Issues printed per document; the rest are only counted. */
const MOST_ISSUES = 20;

const shortened = (text: string | undefined) => (text === undefined ? undefined : shorten(text));

/** Values, names and messages from plugins and files can be megabytes long. */
function shortenAll<T extends object>(texts: T): T {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [key, typeof value === 'string' ? shorten(value) : value]),
  ) as T;
}

function format(summary: string, details: ErrorDetails): string {
  const issues = details.issues ?? [];
  // The summary often names the plugin or the file already.
  const place = [
    ['plugin', details.plugin],
    ['file', details.file],
  ] as const;
  const lines: [label: string, text: string | undefined][] = place
    .filter(([, text]) => text !== undefined && !summary.includes(text))
    .map(([label, text]) => [label, text]);
  if (issues.length > 1) {
    lines.push(...issues.slice(0, MOST_ISSUES).map((issue): [string, string] => ['', formatIssue(issue)]));
    if (issues.length > MOST_ISSUES) lines.push(['', `and ${issues.length - MOST_ISSUES} more`]);
  } else {
    lines.push(
      ['at', details.pointer],
      ['problem', issues[0]?.problem],
      ['expected', details.expected],
      ['got', details.got],
    );
  }
  lines.push(['to fix', details.remedy]);
  const present = lines.filter(([, text]) => text !== undefined && text !== '');
  const text = present.map(([label, line]) => `  ${label === '' ? '- ' : `${label}:`.padEnd(10)}${line}`);
  return [summary, ...text].join('\n');
}

/**
 * One line: `/batchSize: expected an integer of at least 1, got 0`.
 *
 * @example
 * formatIssue({ pointer: '/batchSize', expected: 'at least 1', got: '0' }); // = '/batchSize: expected at least 1, got 0'
 */
export function formatIssue(issue: Issue): string {
  const expected = issue.expected === undefined ? undefined : `expected ${issue.expected}`;
  const got = issue.got === undefined ? undefined : `got ${issue.got}`;
  const facts = [expected, got].filter((part) => part !== undefined).join(', ');
  const text = [issue.problem, facts].filter((part) => part !== undefined && part !== '').join(': ');
  return `${issue.pointer === '' ? 'the document' : issue.pointer}: ${text}`;
}

/** Longer names are not compared. */
const LONGEST_NAME = 200;

/**
 * The candidate a misspelled name most likely meant: at most a third of its letters away, an anagram, or the only
 * candidate it is a prefix of. Case does not count. `undefined` if none is close.
 *
 * @example
 * nearest('learningrate', ['learningRate', 'momentum']); // = 'learningRate'
 * nearest('depth', ['learningRate', 'momentum']); // = undefined
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const wanted = name.toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, ...farness(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits || a.letters - b.letters);
  const best = ranked[0];
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(wanted.length, best.candidate.length) / 3));
  if (best.edits <= allowed) return best.candidate;
  const completions = wanted === '' ? [] : candidates.filter((name) => name.toLowerCase().startsWith(wanted));
  return completions.length === 1 ? completions[0] : undefined;
}

/** Edit distance; `letters` breaks ties by how far apart the letters are ('sgm' is closer to 'sgn' than to 'sgd'). */
function farness(a: string, b: string): { edits: number; letters: number } {
  const anagram = a !== b && [...a].sort().join('') === [...b].sort().join('');
  let letters = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++)
    letters += Math.abs(a.charCodeAt(i) - b.charCodeAt(i));
  return { edits: anagram ? 1 : distance(a, b), letters };
}

/**
 * Ends a sentence about an unknown name: `; did you mean 'sgn'? Known: sgd, sgn.`, or only the known names if none is
 * close.
 *
 * @example
 * didYouMean('sgm', ['sgn', 'sgd']); // = "; did you mean 'sgn'? Known: sgd, sgn."
 */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const guess = nearest(name, candidates);
  const known = candidates.length === 0 ? 'There are none.' : `Known: ${[...candidates].sort().join(', ')}.`;
  return `${guess === undefined ? '.' : `; did you mean '${guess}'?`} ${known}`;
}
