// `bench doctor`: what was checked, and what to do.

import { defaultReportDirectory, locationsOf } from '@gaussmark/harness';
import type { CommandContext } from './context.js';
import { type Check, EXAMINE, examine } from './doctor/doctor.js';
import { FAILED } from './exit-codes.js';
import type { SharedOptions } from './options.js';
import { withPluginWorker } from './plugin-worker.js';
import { findPlugins } from './registry.js';
import { renderTable } from './table.js';

export interface DoctorOptions extends SharedOptions {
  readonly json?: boolean;
}

/** Returns the exit code: 1 if something essential is missing. */
export async function doctorCommand(
  options: DoctorOptions,
  { cwd, screen: { out, err } }: CommandContext,
): Promise<number> {
  const locations = locationsOf(cwd, options.plugin);
  const checks = await withPluginWorker({ purpose: 'the check', prepare: EXAMINE }, err, async (host) =>
    examine(await findPlugins(locations), locations, defaultReportDirectory(cwd), host),
  );
  const failed = checks.filter(({ status }) => status === 'fail').length;
  if (options.json) {
    out.writeDocument(`${JSON.stringify({ ok: failed === 0, checks }, null, 2)}\n`);
    return failed === 0 ? 0 : FAILED;
  }
  const { colors } = out;
  const marks: Readonly<Record<Check['status'], string>> = {
    ok: colors.green('ok'),
    absent: colors.dim('-'),
    warn: colors.yellow('warn'),
    fail: colors.red('fail'),
  };
  const rows = checks.map(({ name, status, found, remedy }) => [
    marks[status],
    name,
    remedy === undefined ? found : `${found}\nto fix: ${remedy}`,
  ]);
  const columns = [{ title: '' }, { title: 'what' }, { title: 'found' }];
  const verdict =
    failed === 0 ? colors.green('ready') : colors.red(`${failed} of ${checks.length} checks failed`);
  out.write(`${renderTable(columns, rows, out)}\n\n  ${verdict}\n`);
  return failed === 0 ? 0 : FAILED;
}
