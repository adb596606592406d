// The selection grammar of the command line: `sgn[cgIterations=3,5,10]`, `mlp[hidden=[20,20]]`, `mnist`.
//
//   selections = selection { "," selection }
//   selection  = name [ "[" [ item { "," item } ] "]" ]
//   item       = key "=" value | value            a value without a key belongs to the key before it
//   value      = range | literal                  (see selection-values.ts)
//
// Several values for a key form a grid of all combinations.

import { GaussmarkError } from './errors.js';
import { canonicalJson, type JsonValue } from './json.js';
import { formatSelectionValue, SelectionReader } from './selection-values.js';

/** A name and, by hyperparameter, the values to try, in the order written. */
export interface Selection {
  readonly name: string;
  readonly grid: Readonly<Record<string, readonly JsonValue[]>>;
}

/** A point in a selection's grid. */
export interface SelectedPoint {
  readonly name: string;
  readonly hyperparameters: Readonly<Record<string, JsonValue>>;
}

const NAME = /[A-Za-z][\w.-]*/y;
const KEY = /([A-Za-z]\w*)\s*=/y;

/**
 * Parses one selection.
 *
 * @throws GaussmarkError that shows the text with a caret at the mistake.
 * @example
 * parseSelection('sgd[learningRate=0.1,1]'); // = { name: 'sgd', grid: { learningRate: [0.1, 1] } }
 */
export function parseSelection(text: string): Selection {
  const reader = new SelectionReader(text);
  const selection = readSelection(reader);
  if (!reader.atEnd()) throw reader.error("'[' with hyperparameters, or the end", endRemedy(reader));
  return selection;
}

/**
 * Parses a selection, and a second pair of brackets that changes its context: `mlp[hidden=[8]][batchSize=50]`.
 *
 * @internal
 */
export function parseChangedSelection(text: string): {
  readonly selection: Selection;
  readonly changes: Selection['grid'];
} {
  const reader = new SelectionReader(text);
  const selection = readSelection(reader);
  const changes = reader.accept('[') ? readGrid(reader) : {};
  if (!reader.atEnd()) throw reader.error("'[' with hyperparameters, or the end", endRemedy(reader));
  return { selection, changes };
}

/**
 * Parses selections joined by commas: `sgd[momentum=0,0.9],sgn`.
 *
 * @internal
 */
export function parseSelections(text: string): Selection[] {
  const reader = new SelectionReader(text);
  const selections = [readSelection(reader)];
  while (reader.accept(',')) selections.push(readSelection(reader));
  if (!reader.atEnd()) throw reader.error("'[' with hyperparameters, ',' or the end");
  return selections;
}

function readSelection(reader: SelectionReader): Selection {
  const name = reader.match(NAME)?.[0];
  if (name === undefined) throw reader.error('a name');
  return { name, grid: reader.accept('[') ? readGrid(reader) : {} };
}

function readGrid(reader: SelectionReader): Record<string, JsonValue[]> {
  const grid = new Map<string, Map<string, JsonValue>>();
  let values: Map<string, JsonValue> | undefined;
  if (reader.accept(']')) return {};
  do {
    const start = reader.position;
    const key = reader.match(KEY)?.[1];
    if (key !== undefined) {
      if (grid.has(key)) {
        throw reader.error('each hyperparameter once', `list all values after one key: ${key}=a,b`, start);
      }
      values = new Map();
      grid.set(key, values);
    }
    if (values === undefined) throw reader.error('hyperparameter=value', undefined, start);
    for (const value of reader.values()) {
      const text = canonicalJson(value);
      if (!values.has(text)) values.set(text, value);
    }
  } while (reader.accept(','));
  if (!reader.accept(']'))
    throw reader.error("',' or ']'", 'quote a value that contains = or brackets: key="..."');
  return Object.fromEntries([...grid].map(([key, values]) => [key, [...values.values()]]));
}

/**
 * Splits a text at separators outside brackets and quotes.
 *
 * @throws GaussmarkError for an unclosed bracket or quote
 * @example
 * splitSelections('csv[path="a,b.csv"],mnist', ','); // = ['csv[path="a,b.csv"]', 'mnist']
 */
export function splitSelections(text: string, separator: string): string[] {
  const reader = new SelectionReader(text);
  const parts: string[] = [];
  do {
    const character = reader.peek();
    const start = reader.position;
    // A path with brackets, commas or a plus sign may be quoted.
    if (character === '"' || character === "'") reader.quoted();
    reader.skipTo((each) => each === separator);
    parts.push(text.slice(start, reader.position).trim());
  } while (reader.accept(separator));
  return parts;
}

function endRemedy(reader: SelectionReader): string | undefined {
  return reader.peek() === ',' ? 'give one selection at a time' : undefined;
}

/** Points in one grid: each is at least one run. */
const MOST_POINTS = 10_000;

/**
 * The points of a selection's grid. The last key varies fastest, as in nested loops.
 *
 * @throws GaussmarkError for a grid of more than 10,000 points, before building it
 * @internal
 */
export function expandGrid(selection: Selection): SelectedPoint[] {
  const count = Object.values(selection.grid).reduce((product, values) => product * values.length, 1);
  if (count > MOST_POINTS) {
    throw new GaussmarkError(`'${selection.name}[...]' is a grid of ${count} points`, {
      expected: `at most ${MOST_POINTS}`,
      got: Object.entries(selection.grid)
        .map(([key, values]) => `${key}: ${values.length}`)
        .join(', '),
      remedy: 'give fewer values',
    });
  }
  let points: [string, JsonValue][][] = [[]];
  for (const [key, values] of Object.entries(selection.grid)) {
    points = points.flatMap((point) =>
      values.map((value): [string, JsonValue][] => [...point, [key, value]]),
    );
  }
  return points.map((point) => ({ name: selection.name, hyperparameters: Object.fromEntries(point) }));
}

/**
 * The canonical text of a point: equal points give equal texts, and {@link parseSelection} reads it back.
 *
 * @param defaults values to omit; also fixes the order of keys (others follow alphabetically).
 * @example
 * const hyperparameters = { rho: 1e-4, cgIterations: 3 };
 * formatSelection({ name: 'sgn', hyperparameters }, { cgIterations: 10, rho: 1e-4 }); // = 'sgn[cgIterations=3]'
 */
export function formatSelection(
  point: SelectedPoint,
  defaults: Readonly<Record<string, JsonValue>> = {},
): string {
  const { name, hyperparameters } = point;
  const ranks = new Map(Object.keys(defaults).map((key, rank) => [key, rank]));
  const rank = (key: string): number => ranks.get(key) ?? ranks.size;
  const changed = Object.keys(hyperparameters)
    .filter(
      (key) => !ranks.has(key) || canonicalJson(hyperparameters[key]!) !== canonicalJson(defaults[key]!),
    )
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  if (changed.length === 0) return name;
  return `${name}[${changed.map((key) => `${key}=${formatSelectionValue(hyperparameters[key]!)}`).join(',')}]`;
}
