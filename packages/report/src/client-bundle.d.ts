// The client code of the page, bundled by scripts/bundle.mjs into dist/client-bundle.js.

/** Minified JavaScript, to be inlined in a script element. */
export declare const clientScript: string;
/** The same for the page of a history. */
export declare const historyScript: string;
/** Minified CSS, to be inlined in a style element. */
export declare const clientStyle: string;
