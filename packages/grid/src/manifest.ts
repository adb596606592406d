// The manifest of a grid: all that status, collection and retry need, so that the submitter may die.
//
// It is two files: manifest.json for what cells share, and cells.jsonl with a line for each block, of which a worker parses its own.

import { readFileSync } from 'node:fs';
import type { RunStatus } from '@gaussmark/analysis';
import type { Cell } from '@gaussmark/cell';
import { GaussmarkError, type JsonValue, parseJson, replaceFiles } from '@gaussmark/core';
import { type Identity, PARTS, type Plan } from '@gaussmark/harness';
import type { Block } from './blocks.js';
import type { GridFolder } from './folder.js';
import type { GridSettings } from './grid-file.js';
import { decodeInterned, type Interned, InternTable } from './interning.js';
import type { Versions } from './versions.js';

/** Bumped when a reader of the previous version could misread a manifest. */
const MANIFEST_SCHEMA = 1;

/** What all cells share. JSON. */
export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  /** A UUID; names its jobs in every backend. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly command: readonly string[];
  readonly title: string;
  readonly settings: GridSettings;
  /** Where relative paths start, on machines that share this disk. */
  readonly cwd: string;
  /** Absolute paths of --plugin. */
  readonly plugins: readonly string[];
  /** How to call the command line: the program and its first arguments. */
  readonly executable: readonly string[];
  readonly plan: Omit<Plan, 'cells'>;
  readonly versions: Versions;
  readonly cellCount: number;
}

/** A planned run in a grid. */
export interface GridCell {
  /** In the plan, from 0. */
  readonly index: number;
  readonly cell: Cell;
  readonly identity: Identity;
  /** How it had ended before the grid began; absent if it had not, or is repeated. */
  readonly stored?: RunStatus;
}

/** A block with its cells. */
export interface GridBlock extends Omit<Block, 'cells'> {
  readonly cells: readonly GridCell[];
}

interface WrittenCell {
  readonly index: number;
  readonly cell: Interned;
  readonly key: string;
  /** Places of the digests, in the order of {@link PARTS}. */
  readonly parts: readonly number[];
  readonly stored?: RunStatus;
}

interface WrittenManifest extends Manifest {
  /** Distinct values of the cells' properties. */
  readonly table: readonly JsonValue[];
}

/** Writes a manifest; after a crash there is either none or a complete one. */
export function writeManifest(
  folder: GridFolder,
  manifest: Omit<Manifest, 'schema'>,
  blocks: readonly GridBlock[],
): void {
  const table = new InternTable();
  const lines = blocks.map(({ cells, ...block }) => {
    const written = cells.map(
      ({ index, cell, identity, stored }): WrittenCell => ({
        index,
        cell: table.encode(cell),
        key: identity.key,
        parts: PARTS.map((part) => table.place(identity.parts[part])),
        ...(stored === undefined ? {} : { stored }),
      }),
    );
    return `${JSON.stringify({ ...block, cells: written })}\n`;
  });
  const document: WrittenManifest = { schema: MANIFEST_SCHEMA, ...manifest, table: table.values };
  const lost = 'the grid could not be written; nothing was submitted';
  // The last rename makes it a grid.
  replaceFiles([[cellsFile(folder), lines]], { lost });
  replaceFiles([[manifestFile(folder), JSON.stringify(document)]], { lost });
}

/**
 * Reads a manifest, and the blocks that `wanted` names; by default all.
 *
 * @throws GaussmarkError if there is no grid, or another version wrote it
 */
export function readManifest(
  folder: GridFolder,
  wanted?: ReadonlySet<number>,
): { readonly manifest: Manifest; readonly blocks: readonly GridBlock[] } {
  const file = manifestFile(folder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GaussmarkError(`there is no grid in ${folder.report}`, {
      expected: 'the --out directory of bench run --grid',
      got: (cause as Error).message,
      cause,
    });
  }
  const { table, ...manifest } = parseJson(text, { label: file, file }) as WrittenManifest;
  if (manifest.schema !== MANIFEST_SCHEMA) {
    throw new GaussmarkError(`${file} was written by another version of gaussmark`, {
      expected: `schema ${MANIFEST_SCHEMA}`,
      got: `schema ${String(manifest.schema)}`,
      remedy: 'use the version that submitted the grid',
    });
  }
  const blocks: GridBlock[] = [];
  const lines = readFileSync(cellsFile(folder), 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '' || (wanted !== undefined && !wanted.has(index))) continue;
    const { cells, ...block } = JSON.parse(line) as Omit<Block, 'cells'> & {
      readonly cells: readonly WrittenCell[];
    };
    blocks.push({ ...block, cells: cells.map((cell) => decodeCell(cell, table)) });
  }
  return { manifest, blocks };
}

function decodeCell({ index, cell, key, parts, stored }: WrittenCell, table: readonly JsonValue[]): GridCell {
  const digests = PARTS.map((part, i) => [part, table[parts[i]!]!]);
  return {
    index,
    cell: decodeInterned(cell, table) as unknown as Cell,
    identity: { key, parts: Object.fromEntries(digests) as Identity['parts'] },
    ...(stored === undefined ? {} : { stored }),
  };
}

const manifestFile = (folder: GridFolder) => folder.file('manifest.json');
const cellsFile = (folder: GridFolder) => folder.file('cells.jsonl');
