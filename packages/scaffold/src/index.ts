// Scaffold: folders for new plugins.

export {
  SCAFFOLD_KINDS,
  type Scaffold,
  type ScaffoldKind,
  type ScaffoldOptions,
  scaffold,
} from './scaffold.js';
