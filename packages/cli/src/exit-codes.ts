// Exit codes other than 0.

/** A run or check failed, or data are missing or damaged. */
export const FAILED = 1;
/** Wrong input: command line, manifest, file or value. Nothing ran. */
export const WRONG_INPUT = 2;
/** Results could not be written: a full or missing disk. */
export const UNSTORED = 3;
/** Stopped by the user: 128 + SIGINT, as in shells. */
export const STOPPED = 130;
