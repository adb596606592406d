// The command line as a library.

export { main } from './main.js';
