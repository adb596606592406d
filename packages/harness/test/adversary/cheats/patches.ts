// Cheats that replace functions which the harness or its engine shares with them.

import { type Cheat, demand, EPOCHS, failed, lastPoint, unmoved, WORK } from '../cheat.js';
import { optimizer } from '../play.js';

export const PATCH_CHEATS: readonly Cheat[] = [
  {
    name: 'free arithmetic',
    against: 'work',
    trick: 'replaces `Array.prototype.reduce`, which adds up operations',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: 'Array.prototype.reduce = () => 0;',
    }),
    run: { ...WORK, apart: true },
    verdict: (outcome) => failed(outcome, /changed the global Array\.prototype\.reduce/),
  },
  {
    name: 'patched loss',
    against: 'all',
    trick: 'multiplies the loss that the harness exports by 1e-6',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: `
        import { losses } from '@gaussmark/core';
        const { evaluate } = losses.squaredError;
        losses.squaredError.evaluate = (outputs, targets) => mul(1e-6, evaluate(outputs, targets));`,
    }),
    run: EPOCHS,
    verdict: (outcome) => failed(outcome, /Cannot assign to read only property 'evaluate'/),
  },
  {
    name: 'tapped files',
    against: 'all',
    trick: 'replaces functions of `fs` to capture the data being read',
    code: optimizer('return { params: descend(problem, params), state, metrics: { read } };', {
      before: `
        import fs from 'node:fs';
        import { syncBuiltinESMExports } from 'node:module';
        let read = 0;
        for (const owner of [fs, fs.promises]) for (const [name, original] of Object.entries(owner)) {
          if (/^read|^open/.test(name) && typeof original === 'function')
            owner[name] = (...args) => { read += 1; return original(...args); };
        }
        syncBuiltinESMExports();`,
    }),
    run: { ...EPOCHS, apart: true },
    verdict: (outcome) => {
      demand(lastPoint(outcome.cheat).metrics?.read === 0, 'nothing is read after its import');
      return unmoved(outcome, 'the data were read before the plugin was imported');
    },
  },
  {
    name: 'tapped decompression',
    against: 'all',
    trick: 'replaces functions of `zlib`, which unpack data and weigh constants',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: `
        import zlib from 'node:zlib';
        import { syncBuiltinESMExports } from 'node:module';
        zlib.deflateRawSync = () => new Uint8Array(0);
        syncBuiltinESMExports();`,
    }),
    run: { ...EPOCHS, apart: true },
    verdict: (outcome) => failed(outcome, /changed the global node:zlib\.deflateRawSync/),
  },
];
