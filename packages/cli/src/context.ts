// What a command gets besides its options, and how it is defined.

import type { Command } from 'commander';
import type { Screen } from './screen.js';

export interface CommandContext {
  /** The user's directory; relative paths start here. */
  readonly cwd: string;
  /** The arguments as typed. */
  readonly args: readonly string[];
  readonly screen: Screen;
  /** Sets the exit code. */
  readonly exit: (code: number) => void;
}

/** Gives a command its arguments, options, help and action. */
export type DefineCommand = (command: Command, context: CommandContext) => void;
