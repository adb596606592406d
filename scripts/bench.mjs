// `pnpm bench`: builds what changed, then runs the command line in the user's directory.
import { build } from './build.mjs';

build();
// pnpm runs scripts in the workspace root.
const { INIT_CWD } = process.env;
if (INIT_CWD) process.chdir(INIT_CWD);
const { main } = await import('../packages/cli/dist/main.js');
process.exitCode = await main(process.argv.slice(2));
