// Published texts do not contain the user's home directory; the cache directory is found or its absence explained.

import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheDirectory } from '../src/cache-directory.js';
import { valueWithoutHome, withHome, withoutHome } from '../src/home-paths.js';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), 'gaussmark-home-'));
  vi.stubEnv('GAUSSMARK_CACHE', '');
  vi.stubEnv('XDG_CACHE_HOME', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(process.platform === 'win32')('a text without the home', () => {
  it.each([
    ['/home/ada', '~'],
    ['/home/ada/data.csv', '~/data.csv'],
    ['csv[path=/home/ada/data.csv]', 'csv[path=~/data.csv]'],
    ['at f (file:///home/ada/x.js:1:2)', 'at f (~/x.js:1:2)'],
    ["'/home/ada'", "'~'"],
    ['It is in /home/ada.', 'It is in ~.'],
    ['/home/ada/a, /home/ada/b', '~/a, ~/b'],
    ['/home/adam/data', '/home/adam/data'],
    ['/home/ada.old/data', '/home/ada.old/data'],
    ['/mnt/home/ada/data', '/mnt/home/ada/data'],
    ['https://host/home/ada', 'https://host/home/ada'],
  ])('%s is %s', (text, expected) => {
    vi.stubEnv('HOME', '/home/ada');
    expect(withoutHome(text)).toBe(expected);
  });

  it.each(['/home/ada/data.csv', '/home/ada/a b/c.json', 'data.csv', '/mnt/x.csv', './~/x.csv', '~ada/x'])(
    'expands back to the same path: %s',
    (file) => {
      vi.stubEnv('HOME', '/home/ada');
      expect(withHome(withoutHome(file))).toBe(file);
    },
  );

  it('covers JSON values and their keys', () => {
    vi.stubEnv('HOME', '/home/ada');
    expect(valueWithoutHome({ '/home/ada/x': ['/home/ada', 1, null, { a: '"/home/ada"' }] })).toEqual({
      '~/x': ['~', 1, null, { a: '"~"' }],
    });
  });

  it.each(['/', '', 'relative'])('changes nothing if the home is %j', (home) => {
    vi.stubEnv('HOME', home);
    expect(withoutHome('/a/b and /root of relative')).toBe('/a/b and /root of relative');
  });

  it('also recognizes the home by its resolved path', () => {
    const [real, link] = [path.join(directory, 'real'), path.join(directory, 'link')];
    fs.mkdirSync(real);
    fs.symlinkSync(real, link);
    vi.stubEnv('HOME', link);
    expect(withoutHome(`${fs.realpathSync(real)}/a ${link}/b`)).toBe('~/a ~/b');
  });
});

describe.skipIf(process.platform !== 'linux')('the cache', () => {
  const place = (name: string) => path.join(directory, name);

  it('comes from GAUSSMARK_CACHE, XDG_CACHE_HOME or the home, in this order', () => {
    vi.stubEnv('HOME', directory);
    expect(cacheDirectory()).toBe(place('.cache/gaussmark'));
    vi.stubEnv('XDG_CACHE_HOME', place('xdg'));
    expect(cacheDirectory()).toBe(place('xdg/gaussmark'));
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(cacheDirectory()).toBe(place('.cache/gaussmark'));
    vi.stubEnv('GAUSSMARK_CACHE', place('new/deep'));
    expect([cacheDirectory(), fs.existsSync(place('new'))]).toEqual([place('new/deep'), false]);
    vi.stubEnv('GAUSSMARK_CACHE', 'relative');
    expect(cacheDirectory()).toBe(path.resolve('relative'));
  });

  it.each([
    ['a file', () => place('file'), /it is a file/],
    ['inside a file', () => place('file/x'), /ENOTDIR/],
    ['a pipe', () => place('link'), /it is a device or a pipe/],
    ['a device', () => '/dev/null', /it is a device or a pipe/],
    ['blank', () => '  ', /it is blank/],
    ['two lines', () => `${directory}/a\nb`, /control character/],
    ['too long', () => `/${'x'.repeat(5000)}`, /ENAMETOOLONG/],
    ['a long name', () => `/${'x'.repeat(300)}`, /ENAMETOOLONG/],
  ])('is rejected if GAUSSMARK_CACHE is %s, with a remedy', (_, value, problem) => {
    fs.writeFileSync(place('file'), '');
    fs.symlinkSync('/dev/zero', place('link'));
    vi.stubEnv('GAUSSMARK_CACHE', value());
    expect(cacheDirectory).toThrow(
      expect.objectContaining({
        got: expect.stringMatching(problem),
        remedy: expect.stringContaining('GAUSSMARK_CACHE'),
      }),
    );
  });

  it('is a temporary directory if no home is usable, unless another user owns it', () => {
    vi.stubEnv('HOME', place('file'));
    fs.writeFileSync(place('file'), '');
    vi.stubEnv('TMPDIR', directory);
    const own = place(`gaussmark-${process.getuid!()}`);
    expect(cacheDirectory()).toBe(own);
    fs.mkdirSync(own);
    expect(cacheDirectory()).toBe(own);
    fs.rmdirSync(own);
    fs.symlinkSync('/etc', own);
    expect(cacheDirectory).toThrow(
      expect.objectContaining({
        got: expect.stringContaining(own),
        remedy: expect.stringContaining('GAUSSMARK_CACHE'),
      }),
    );
  });
});
