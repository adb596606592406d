// `pnpm bench`: builds what changed, then runs the command line from where the user is.
import { build } from './build.mjs';

build();
// pnpm runs scripts from the root of the workspace; relative paths are the user's.
const { INIT_CWD } = process.env;
if (INIT_CWD) process.chdir(INIT_CWD);
const { main } = await import('../packages/cli/dist/main.js');
process.exitCode = await main(process.argv.slice(2));
