// `bench check`: the conformance suite of plugins, and their own tests.

import { formatQuantity } from '@gaussmark/analysis/words';
import { GaussmarkError, type PluginEntry, type Registry } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { checkPlugin, type Finding, isConforming, type PluginReport } from '@gaussmark/plugin-conformance';
import type { Command } from 'commander';
import type { CommandContext } from './context.js';
import { FAILED, STOPPED } from './exit-codes.js';
import { examples } from './help-text.js';
import { displayOn } from './live-display.js';
import {
  addOptions,
  jsonOption,
  limitOptions,
  type PluginOptions,
  quietOption,
  verboseOption,
} from './options.js';
import { printJsonOr, printLines } from './output.js';
import { outputNote } from './plugin-worker.js';
import { findPlugins, requireNamedPlugins } from './registry.js';
import type { Sink } from './screen.js';
import { stoppable } from './stopping.js';
import { renderTable } from './table.js';

interface CheckOptions extends PluginOptions {
  readonly timeout?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function defineCheck(command: Command, context: CommandContext): void {
  command.argument('<paths...>', 'folders or manifests of plugins');
  const [timeout] = limitOptions();
  timeout!.description = 'wall-clock limit of a check: 30s, 2min (default: 2min)';
  addOptions(command, timeout!, verboseOption(), jsonOption('the findings'), quietOption())
    .addHelpText('after', examples(EXAMPLES, NOTES))
    .action(async (paths: string[], options: CheckOptions) =>
      context.exit(await checkCommand(paths, options, context)),
    );
}

const EXAMPLES = [
  ['bench check my-optimizer', 'the suite of its kind, golden trajectories, its own tests'],
  ['bench check my-optimizer --json', 'for another program'],
] as const;

const NOTES = 'Exit code 1 if a check fails. docs/test-a-plugin.md explains each check.';

async function checkCommand(
  paths: readonly string[],
  options: CheckOptions,
  context: CommandContext,
): Promise<number> {
  const { cwd, screen } = context;
  const locations = locationsOf(cwd, paths);
  const registry = await findPlugins(locations);
  requireNamedPlugins(registry, 'give the folder of a plugin, or its manifest');
  const plugins = pluginsAt(paths, registry);
  const display = displayOn(screen.err, options.quiet ?? false);
  const reports: PluginReport[] = [];
  const unloadable: (Pick<PluginReport, 'kind' | 'name' | 'version'> & { readonly error: Error })[] = [];
  const stopped = await stoppable(async (signal) => {
    for (const entry of plugins) {
      let output = '';
      const check = checkPlugin(entry, {
        registry,
        locations,
        seconds: options.timeout,
        onProgress: ({ check, index, total }) =>
          display.draw(`${entry.name}: ${index + 1} of ${total}, ${check}`),
        onOutput: (text) => {
          output += text;
        },
        signal,
      });
      try {
        reports.push(await check);
      } catch (error) {
        if (signal.aborted) return true;
        if (!(error instanceof GaussmarkError)) throw error;
        const { kind, name, manifest } = entry;
        unloadable.push({ kind, name, version: manifest.version, error });
      } finally {
        display.stop();
        const heading = `output of ${entry.kind} ${entry.name}`;
        printLines(screen.err, outputNote(heading, output, options.verbose ?? false));
      }
    }
    return signal.aborted;
  }).finally(display.stop);
  const ok = !stopped && unloadable.length === 0 && reports.every(isConforming);
  const broken = unloadable.map(({ error, ...plugin }) => ({
    ...plugin,
    findings: [],
    reason: error.message,
  }));
  if (options.json || reports.length > 0)
    printJsonOr(context, options, { ok, plugins: [...reports, ...broken] }, () =>
      reports.map((report) => renderReport(report, screen.out)).join('\n\n'),
    );
  if (stopped) {
    screen.err.write('stopped\n');
    return STOPPED;
  }
  const [first] = unloadable;
  if (first !== undefined) throw first.error;
  return ok ? 0 : FAILED;
}

/** @throws GaussmarkError if a path has none, although nothing there is broken */
function pluginsAt(paths: readonly string[], registry: Registry): readonly PluginEntry[] {
  const plugins = registry.list().filter(({ source }) => source === 'path');
  if (plugins.length > 0) return plugins;
  throw new GaussmarkError(`there is no plugin at ${paths.join(', ')}`, {
    expected: 'a folder with a manifest',
    remedy: 'make one with bench new optimizer NAME',
  });
}

function renderReport(report: PluginReport, sink: Sink): string {
  const { kind, name, version, findings } = report;
  const { colors } = sink;
  const marks: Readonly<Record<Finding['status'], string>> = {
    pass: colors.green('✓'),
    fail: colors.red('✗'),
    info: colors.cyan('i'),
    skip: colors.dim('–'),
  };
  const rows = findings.map(({ check, status, found, remedy }) => [
    marks[status],
    check,
    remedy === undefined ? found : `${found}\nto fix: ${remedy}`,
  ]);
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const verdict = isConforming(report)
    ? colors.green('conforms')
    : colors.red(`${failed} of ${formatQuantity(findings.length, 'check')} failed`);
  const columns = [{ title: '' }, { title: 'check' }, { title: 'found' }];
  return `${colors.bold(`${kind} ${name}`)} ${colors.dim(version)}\n${renderTable(columns, rows, sink)}\n\n  ${verdict}`;
}
