#!/usr/bin/env node
// The executable of the command line.
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2));
