// Scaffold: folders for new plugins.

export { nextCommands } from './next-commands.js';
export {
  SCAFFOLD_KINDS,
  type Scaffold,
  type ScaffoldKind,
  type ScaffoldOptions,
  scaffold,
} from './scaffold.js';
