// What a command is given besides its options.

import type { Screen } from './screen.js';

export interface CommandContext {
  /** The user's directory: relative paths start here. */
  readonly cwd: string;
  /** The arguments as they were typed. */
  readonly args: readonly string[];
  readonly screen: Screen;
}
