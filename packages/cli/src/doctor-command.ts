// `bench doctor`: checks of the installation, with remedies.

import { defaultReportDirectory, locationsOf } from '@gaussmark/harness';
import { type Check, EXAMINE, examine } from '@gaussmark/plugin-conformance';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED } from './exit-codes.js';
import { examples } from './help-text.js';
import { addOptions, jsonOption, type PluginOptions, pluginOption } from './options.js';
import { printJsonOr } from './output.js';
import { withPluginWorker } from './plugin-worker.js';
import { findPlugins } from './registry.js';
import type { Sink } from './screen.js';
import { renderTable } from './table.js';

interface DoctorOptions extends PluginOptions {
  readonly json?: boolean;
}

export function defineDoctor(command: Command, context: CommandContext): void {
  addOptions(command, jsonOption('the checks'), pluginOption())
    .addHelpText('after', examples(EXAMPLES, 'Exit code 1 if a check fails.'))
    .action(async (options: DoctorOptions) => context.exit(await doctorCommand(options, context)));
}

const EXAMPLES = [
  ['bench doctor', 'Node, plugins, engines, data, reports'],
  ['bench doctor --plugin ./my-optimizer', 'your own plugin too'],
] as const;

async function doctorCommand(options: DoctorOptions, context: CommandContext): Promise<number> {
  const { cwd, screen } = context;
  const locations = locationsOf(cwd, options.plugin);
  const worker = { purpose: 'the checks', prepare: EXAMINE } as const;
  const checks = await withPluginWorker(worker, screen.err, async (host) =>
    examine(await findPlugins(locations), locations, defaultReportDirectory(cwd), host),
  );
  const failed = checks.filter(({ status }) => status === 'fail').length;
  printJsonOr(context, options, { ok: failed === 0, checks }, () => renderChecks(checks, screen.out));
  return failed === 0 ? 0 : FAILED;
}

function renderChecks(checks: readonly Check[], sink: Sink): string {
  const { colors } = sink;
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
  const failed = checks.filter(({ status }) => status === 'fail').length;
  const verdict =
    failed === 0 ? colors.green('ready') : colors.red(`${failed} of ${checks.length} checks failed`);
  const columns = [{ title: '' }, { title: 'check' }, { title: 'result' }];
  return `${renderTable(columns, rows, sink)}\n\n  ${verdict}`;
}
