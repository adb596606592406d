// The exit codes of the command line, beside 0.

/** A run or a check failed, data are missing or damaged. */
export const FAILED = 1;
/** The command line is wrong, or a manifest, a file, a value: nothing was run. */
export const WRONG_INPUT = 2;
/** Results could not be written: the disk is full, or gone. */
export const UNSTORED = 3;
/** The user stopped it, as shells have it (128 + SIGINT). */
export const STOPPED = 130;
