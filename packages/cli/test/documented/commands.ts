// The documented commands: shell blocks of the pages, and examples in `--help`.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { WORKSPACE } from '../../../harness/test/fixtures.js';
import { benchHere } from '../bench.js';

/** Lines that run in order, in one folder. */
export interface Block {
  /** A page, or a command's help. */
  readonly source: string;
  /** Its location, for error messages. */
  readonly place: string;
  readonly lines: readonly string[];
}

const FOLDERS = [
  '',
  'docs',
  'docs/paper',
  ...below('packages'),
  ...below('packages', 'data'),
  ...below('bench'),
];

export const PAGES = FOLDERS.flatMap((folder) =>
  filesOf(folder)
    .filter((name) => name.endsWith('.md') && name !== 'CHANGELOG.md')
    .map((name) => path.posix.join(folder, name)),
);

/** The beginning of a command; a block with commands must be marked as shell. */
const COMMAND = /^\s*(?:bench|pnpm|npx|npm|node|git|apt-get|docker|scripts\/\S+\.sh) /;

export const documentedBlocks = async (): Promise<readonly Block[]> => [
  ...PAGES.flatMap(blocksOfPage),
  ...(await blocksOfHelp()),
];

function blocksOfPage(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly text: string[] } | undefined;
  for (const [index, line] of readFileSync(path.join(WORKSPACE, page), 'utf8').split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line);
    if (fence === null) {
      open?.text.push(line);
    } else if (open === undefined) {
      open = { language: fence[1]!.trim(), line: index + 1, text: [] };
    } else {
      const place = `${page}:${open.line}`;
      if (/^(sh|bash|shell)$/.test(open.language))
        blocks.push({ source: page, place, lines: linesOf(open.text) });
      else if (open.language === '' && open.text.some((each) => COMMAND.test(each)))
        throw new Error(`${place}: mark this block with \`\`\`sh`);
      open = undefined;
    }
  }
  return blocks;
}

/** The examples of every command; subcommands share theirs. */
async function blocksOfHelp(): Promise<Block[]> {
  const blocks = new Map<string, Block>();
  const visit = async (command: readonly string[]): Promise<void> => {
    const { stdout } = await benchHere([...command, '--help'], WORKSPACE);
    const examples = /^Examples:\n((?: {2}.*\n|\n(?= {2}))+)/m.exec(`${stdout}\n`)?.[1];
    const place = ['bench', ...command, '--help'].join(' ');
    // Drop the descriptions.
    const lines = linesOf((examples ?? '').split('\n').map((line) => line.trim().replace(/ {2,}.*$/, '')));
    if (lines.length > 0 && !blocks.has(`${examples}`))
      blocks.set(`${examples}`, { source: place, place, lines });
    const commands = /^Commands:\n((?: {2}.*\n)+)/m.exec(`${stdout}\n`)?.[1] ?? '';
    for (const [, name] of commands.matchAll(/^ {2}([a-z]+)/gm))
      if (name !== 'help') await visit([...command, name!]);
  };
  await visit([]);
  return [...blocks.values()];
}

/** Lines as a shell sees them: continued lines joined, blank lines and comments dropped. */
const linesOf = (text: readonly string[]): string[] =>
  text
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The files that a page asks its reader to write; a line with the name precedes each listing. */
export function listingsOf(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(path.join(WORKSPACE, page), 'utf8');
  const listings = text.matchAll(/^`([\w-]+\.\w+)`(?:(?!^`)[\s\S])*?^```\w+\n([\s\S]*?)^```$/gm);
  return new Map([...listings].map(([, name, content]) => [name!, content!]));
}

function below(folder: string, inner = ''): string[] {
  return readdirSync(path.join(WORKSPACE, folder)).map((name) => path.posix.join(folder, name, inner));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(path.join(WORKSPACE, folder));
  } catch {
    return [];
  }
}
