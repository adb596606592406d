// A pair that does not fit together, which is nobody's mistake.

/** Why a cell cannot run though nothing is wrong: its model does not fit its data. */
export class Mismatch extends Error {}
