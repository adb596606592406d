// Thrown if a peer cannot be installed or imported: it is skipped, and the others run.

/** Gives the reason, and what to do. */
export class MissingPeer extends Error {}
