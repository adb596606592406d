// Client code of the pages, bundled by scripts/bundle.mjs into dist/client-bundle.js.

/** Minified JavaScript of a report's page, for a script element. */
export declare const clientScript: string;
/** Minified JavaScript of a history's page. */
export declare const historyScript: string;
/** Minified CSS, for a style element. */
export declare const clientStyle: string;
