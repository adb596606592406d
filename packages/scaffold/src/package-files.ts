// The package.json and tsconfig.json of a new plugin.

import path from 'node:path';

/** Where a plugin is written, and what it is. */
export interface Place {
  readonly kind: 'optimizer' | 'model' | 'dataset';
  readonly name: string;
  readonly language: 'ts' | 'js';
  readonly directory: string;
  /** The checkout of Gaussmark that writes it, if any. */
  readonly checkout: string | undefined;
  readonly inWorkspace: boolean;
}

const SCOPE = '@gaussmark';

const IMPORTS: Readonly<Record<Place['kind'], readonly string[]>> = {
  optimizer: ['autodiff', 'core'],
  model: ['autodiff', 'core', 'random'],
  dataset: ['core', 'random'],
};

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** Short lists on one line, as formatters have them, except in a package.json. */
const compactJson = (value: unknown) =>
  json(value).replaceAll(
    /\[\s+([^[\]{}]*?)\s+\]/g,
    (_, items: string) => `[${items.replaceAll(/\s+/g, ' ')}]`,
  );

export function packageJson({ kind, name, language, inWorkspace }: Place): string {
  const folder = `${kind}-${name}`;
  const shared = {
    version: '0.1.0',
    description: `The ${kind} ${name} for Gaussmark.`,
    keywords: ['gaussmark-plugin'],
  };
  const gaussmark = { manifests: ['./manifest.json'] };
  if (!inWorkspace) {
    const source = language === 'ts' ? ['*.ts'] : ['*.js'];
    return json({
      name: `gaussmark-${folder}`,
      ...shared,
      type: 'module',
      gaussmark,
      files: ['manifest.json', ...source],
    });
  }
  const [code, tested] = [
    IMPORTS[kind].filter((each) => language === 'ts' || each !== 'core'),
    kind === 'optimizer' ? ['plugin-conformance'] : [],
  ];
  const workspace = (names: readonly string[]) =>
    Object.fromEntries([...names].sort().map((each) => [`${SCOPE}/${each}`, 'workspace:*']));
  return json({
    name: `${SCOPE}/${folder}`,
    ...shared,
    license: 'MIT',
    type: 'module',
    gaussmark,
    files: ['src', 'manifest.json'],
    engines: { node: '>=20.19' },
    ...(language === 'ts' ? { scripts: { check: 'tsc -p tsconfig.json' } } : {}),
    dependencies: workspace(code),
    ...(tested.length === 0 ? {} : { devDependencies: workspace(tested) }),
  });
}

/** Strict, and only with types that can be erased: the sources run as they are. */
export function tsconfig({ directory, checkout, inWorkspace }: Place): string {
  const erasable = { noEmit: true, allowImportingTsExtensions: true, erasableSyntaxOnly: true };
  if (inWorkspace) {
    const compilerOptions = { ...erasable, rootDir: '.' };
    return compactJson({ extends: '../../tsconfig.base.json', compilerOptions, include: ['src', 'test'] });
  }
  const to = (...parts: string[]) =>
    path
      .relative(directory, path.join(checkout ?? directory, ...parts))
      .split(path.sep)
      .join('/');
  // The checkout's types; without one, those of packages installed here.
  const found =
    checkout === undefined
      ? {}
      : {
          paths: {
            [`${SCOPE}/autodiff/reference`]: [to('packages/autodiff/dist/reference.d.ts')],
            [`${SCOPE}/random/program`]: [to('packages/random/dist/program/index.d.ts')],
            [`${SCOPE}/*`]: [to('packages/*/dist/index.d.ts')],
          },
          typeRoots: [to('node_modules/@types')],
        };
  return compactJson({
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      strict: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      types: ['node'],
      ...erasable,
      ...found,
    },
    include: ['*.ts'],
  });
}
