// What becomes of a check that throws.

import { GaussmarkError } from '@gaussmark/core';
import { expect, it } from 'vitest';
import { perform } from '../src/finding.js';

const throwing = (unsupported: boolean) =>
  perform({
    name: 'many parameters',
    remedy: 'of the check',
    run() {
      throw new GaussmarkError('not for this model', { got: 'a gain', unsupported });
    },
  });

it('skips a model that the plugin is right to refuse, with the reason', async () => {
  const { finding } = await throwing(true);
  expect(finding).toEqual({
    check: 'many parameters',
    status: 'skip',
    found: 'not for this model; got a gain',
  });
});

it('fails for any other error', async () => {
  const { finding } = await throwing(false);
  expect(finding).toMatchObject({ status: 'fail', remedy: 'of the check' });
});
