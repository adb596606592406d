// A documented command without its package manager.

/** The words without package managers. */
export function plainWords([program, ...rest]) {
  if (program === 'npx') {
    const [name, ...args] = rest.filter((word) => word !== '-y');
    return name.startsWith('pnpm@') ? plainWords(['pnpm', ...args]) : plainWords([name, ...args]);
  }
  if (program === 'gaussmark') return ['bench', ...rest];
  if (program !== 'pnpm') return [program, ...rest];
  const args = rest.filter((word) => word !== '-s' && word !== '--silent');
  if (args[0] === 'bench') return args;
  return args[0] === 'bench:peers' ? ['node', 'bench/peers/run.mjs', ...args.slice(1)] : ['pnpm', ...args];
}
