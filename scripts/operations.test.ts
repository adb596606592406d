// docs/write-an-optimizer.md lists the operations of autodiff, each once.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { publicFunctions } from './public-functions.js';

const PAGE = new URL('../docs/write-an-optimizer.md', import.meta.url);

it('lists every function of autodiff once', async () => {
  const [, section] = /^## Operations\n([\s\S]*?)^## /m.exec(readFileSync(PAGE, 'utf8'))!;
  const rows = section!.split('\n').filter((line) => line.startsWith('|'));
  const listed = rows.flatMap((row) => row.match(/(?<=`)[\w.]+(?=`)/g) ?? []);
  const functions = (await publicFunctions('autodiff')).filter(
    ({ name, docstring }) => !/^[A-Z]/.test(name) && !docstring.includes('@internal'),
  );
  expect(listed.sort()).toEqual(functions.map(({ name }) => name).sort());
});
