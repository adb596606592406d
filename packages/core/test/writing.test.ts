// Writing to slow, full and failing systems: a file is either the old one or complete.

import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FileSystem,
  makeDirectory,
  replaceFile,
  replaceFiles,
  StorageError,
  writeAll,
} from '../src/writing.js';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), 'gaussmark-writing-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const failure = (code: string) => Object.assign(new Error(`${code}: injected`), { code });

/** Accepts `take` bytes of each offer, and records them. */
function recorder(take: (offered: number) => number): {
  writeSync: FileSystem['writeSync'];
  text: () => string;
} {
  const taken: Buffer[] = [];
  return {
    writeSync: ((_: number, bytes: Uint8Array, start: number, length: number) => {
      const count = take(length);
      taken.push(Buffer.from(bytes.subarray(start, start + count)));
      return count;
    }) as FileSystem['writeSync'],
    text: () => Buffer.concat(taken).toString(),
  };
}

/** The real file system, full after a number of bytes. */
function fullAfter(bytes: number, code = 'ENOSPC'): FileSystem {
  let room = bytes;
  return {
    ...fs,
    writeSync: ((descriptor: number, content: Uint8Array, start: number, length: number) => {
      const count = Math.min(length, room);
      if (count === 0) throw failure(code);
      room -= count;
      return fs.writeSync(descriptor, content, start, count);
    }) as FileSystem['writeSync'],
  };
}

describe('writeAll', () => {
  it('writes any text completely, however few bytes each call takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 200 })),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (pieces, sizes) => {
          let call = 0;
          const system = recorder((offered) => Math.min(offered, sizes[call++ % sizes.length]!));
          writeAll(1, pieces, system);
          expect(system.text()).toBe(Buffer.from(pieces.join('')).toString());
        },
      ),
      { numRuns: 50 },
    );
  });

  it('waits for a full pipe', () => {
    let calls = 0;
    const system = recorder((offered) => {
      calls += 1;
      if (calls % 2 === 1) throw failure('EAGAIN');
      return Math.min(offered, 2);
    });
    expect(writeAll(1, 'seven..', system)).toBe(7);
    expect([system.text(), calls]).toEqual(['seven..', 8]);
  });

  it('does not split a character between two blocks', () => {
    const text = `${'a'.repeat(2 ** 20 - 1)}😀${'b'.repeat(10)}`;
    const system = recorder((offered) => offered);
    writeAll(1, text, system);
    expect(system.text() === text).toBe(true);
  });

  it.each(['EPIPE', 'ENOSPC', 'EIO'])('passes on %s', (code) => {
    const system = recorder(() => {
      throw failure(code);
    });
    expect(() => writeAll(1, 'x', system)).toThrow(expect.objectContaining({ code }));
  });

  it('throws if the system takes no bytes and reports no error', () => {
    expect(() =>
      writeAll(
        1,
        'x',
        recorder(() => 0),
      ),
    ).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});

describe('replacing files', () => {
  const lost = 'the thing could not be written';

  it('creates directories and leaves only the files', () => {
    const file = path.join(directory, 'a/b/c.txt');
    replaceFile(file, ['one', Buffer.from(' two')], { lost });
    expect(fs.readFileSync(file, 'utf8')).toBe('one two');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['c.txt']);
  });

  it.each([0, 1, 5, 11])('keeps the old files and cleans up if the disk is full after %i bytes', (room) => {
    const [a, b] = [path.join(directory, 'a'), path.join(directory, 'new/deep/b')];
    fs.writeFileSync(a, 'old');
    const system = fullAfter(room);
    expect(() =>
      replaceFiles(
        [
          [a, 'seven..'],
          [b, 'five.'],
        ],
        { lost, system },
      ),
    ).toThrow(StorageError);
    expect(fs.readFileSync(a, 'utf8')).toBe('old');
    expect(fs.readdirSync(directory)).toEqual(['a']);
  });

  it('distinguishes a full disk from other failures', () => {
    const file = path.join(directory, 'a');
    const replaced = (code: string) => () => replaceFile(file, 'x', { lost, system: fullAfter(0, code) });
    expect(replaced('ENOSPC')).toThrow(expect.objectContaining({ place: file, lost, isDiskFull: true }));
    expect(replaced('EIO')).toThrow(
      expect.objectContaining({
        place: file,
        lost,
        isDiskFull: false,
        cause: expect.objectContaining({ code: 'EIO' }),
      }),
    );
  });

  it('keeps the old file if producing the content fails', () => {
    const file = path.join(directory, 'a');
    fs.writeFileSync(file, 'old');
    function* pieces() {
      yield 'new';
      throw new RangeError('no more');
    }
    expect(() => replaceFile(file, pieces(), { lost })).toThrow(RangeError);
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(directory)]).toEqual(['old', ['a']]);
  });

  it.skipIf(process.platform === 'win32')(
    'keeps links, and writes to devices instead of replacing them',
    () => {
      const [file, link] = [path.join(directory, 'file'), path.join(directory, 'link')];
      fs.writeFileSync(file, 'old');
      fs.symlinkSync(file, link);
      replaceFile(link, 'new', { lost });
      expect([fs.readFileSync(file, 'utf8'), fs.lstatSync(link).isSymbolicLink()]).toEqual(['new', true]);
      replaceFile('/dev/null', 'gone', { lost });
      expect(fs.statSync('/dev/null').isCharacterDevice()).toBe(true);
    },
  );

  it.skipIf(process.platform !== 'linux')('fails on a full device', () => {
    expect(() => replaceFile('/dev/full', 'x', { lost })).toThrow(
      expect.objectContaining({ place: '/dev/full', isDiskFull: true }),
    );
  });

  it('accepts a name of maximum length', () => {
    const file = path.join(directory, 'x'.repeat(255));
    replaceFile(file, 'x', { lost });
    expect(fs.readdirSync(directory)).toEqual([path.basename(file)]);
  });
});

describe('creating a directory', () => {
  it('returns the outermost directory created, and removes it if a later one fails', () => {
    expect(makeDirectory(path.join(directory, 'a/b/c'))).toBe(path.join(directory, 'a'));
    expect(makeDirectory(path.join(directory, 'a/b'))).toBeUndefined();
    fs.writeFileSync(path.join(directory, 'file'), '');
    expect(() => makeDirectory(path.join(directory, 'file/x'))).toThrow(/EEXIST|ENOTDIR/);
    expect(() => makeDirectory(path.join(directory, `new/${'x'.repeat(300)}`))).toThrow('ENAMETOOLONG');
    expect(fs.readdirSync(directory).sort()).toEqual(['a', 'file']);
  });
});
