// Bundles the client code (src/client) into strings that pages inline (dist/client-bundle.js), and the charts of figures into
// a module (dist/figures-bundle.js), so that only building this package needs ECharts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const echarts = createRequire(import.meta.url).resolve('echarts/package.json');
const { version } = JSON.parse(readFileSync(echarts, 'utf8'));

// The bundled licences require their notices in every copy, and every page is a copy.
const NOTICE =
  `/*! Contains Apache ECharts ${version} (Apache License 2.0, copyright 2017-2026 The Apache Software Foundation, ` +
  'https://echarts.apache.org), zrender (BSD 3-Clause, copyright 2017 Baidu Inc., https://github.com/ecomfe/zrender) and ' +
  'tslib (0BSD, copyright Microsoft Corporation). */';

/** An entry with its imports, as minified text. */
async function bundle(entry, format = 'iife') {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`src/client/${entry}`],
    bundle: true,
    write: false,
    minify: true,
    format,
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0].text.trim();
}

/** Draws figures in Node. */
await build({
  absWorkingDir: root,
  entryPoints: ['src/client/figures.ts'],
  outfile: 'dist/figures-bundle.js',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  target: ['es2022'],
  banner: { js: NOTICE },
  legalComments: 'none',
  logLevel: 'warning',
});

const [script, history, style] = await Promise.all(
  ['main.ts', 'history/main.ts', 'style/main.css'].map((entry) => bundle(entry)),
);

/** The colours as custom properties; light until the page chooses. */
const { COLOURS, FONT } = await import(
  `data:text/javascript,${encodeURIComponent(await bundle('colours.ts', 'esm'))}`
);
const rules = Object.entries(COLOURS).map(([scheme, colours]) => {
  const properties = Object.entries({ ...colours, sans: FONT }).map(([name, value]) => `--${name}:${value};`);
  return `:root${scheme === 'light' ? '' : `[data-theme=${scheme}]`}{color-scheme:${scheme};${properties.join('')}}`;
});
const exported = {
  clientScript: `${NOTICE}\n${script}`,
  historyScript: `${NOTICE}\n${history}`,
  clientStyle: rules.join('') + style,
};
mkdirSync(path.join(root, 'dist'), { recursive: true });
writeFileSync(
  path.join(root, 'dist/client-bundle.js'),
  Object.entries(exported)
    .map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`)
    .join(''),
);
