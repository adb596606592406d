// What is thrown where a peer cannot be installed or imported: it is left out, and the others run.

/** Says why there is no such peer, and what to do. */
export class MissingPeer extends Error {}
