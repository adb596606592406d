#!/usr/bin/env node
// The command line as an executable; relative paths start where the user is, also under a package manager's script.
import { main } from '../dist/cli/main.js';
import { NO_TELEMETRY } from '../dist/telemetry.js';

// Plugins run in this process while a run is planned: what they print is not part of the results on stdout.
console.log = console.error;
console.info = console.error;
console.debug = console.error;

Object.assign(process.env, NO_TELEMETRY);

let done = false;
process.on('exit', (code) => {
  if (done || code !== 0) return;
  console.error('error: a plugin ended the process (process.exit) before the command was done');
  process.exitCode = 2;
});

process.exitCode = await main(process.argv.slice(2));
done = true;
