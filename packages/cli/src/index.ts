// The command line as a library.

export { type Check, examine } from './doctor.js';
export { type ListedPlugin, type Listing, listAll } from './listing.js';
export { main } from './main.js';
