// Builds the workspace; prints turbo's output only on failure.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Runs `turbo run build`, cached; exits if it fails. */
export function build() {
  const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo');
  const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--no-update-notifier'];
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const result = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  if (result.status !== 0) {
    const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`;
    const hint = output.includes('package manager binary')
      ? '; run it through pnpm: npx -y pnpm@12 bench'
      : '';
    process.stderr.write(`${output}\nthe build failed${hint}\n`);
    process.exit(result.status ?? 1);
  }
}
