#!/usr/bin/env node
// The command line as an executable; relative paths start where the user is, also under a package manager's script.
import { NO_TELEMETRY } from '@gaussmark/worker';
import { main } from '../dist/main.js';

Object.assign(process.env, NO_TELEMETRY);

process.exitCode = await main(process.argv.slice(2));
