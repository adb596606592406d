// The machine and software of runs, for the report.

import os from 'node:os';
import type { ReportEnvironment } from '@gaussmark/analysis';
import type { Engine } from '@gaussmark/core';
import { git } from './git.js';
import { frequencyGovernor } from './run-conditions.js';

/** The environment before the first run, with the git commit of `directory`. */
export async function describeEnvironment(
  engines: Readonly<Record<string, Engine['info']>>,
  directory: string,
  jobs: number,
): Promise<ReportEnvironment> {
  const infos = Object.values(engines);
  return {
    ...describeMachine(),
    engines: Object.fromEntries(infos.map((info) => [String(info.engine), String(info.version)])),
    threads: Math.max(1, ...infos.map(({ threads }) => (typeof threads === 'number' ? threads : 1))),
    ...(await describeCommit(directory)),
    loadAverage: os.loadavg(),
    comparableTimings: jobs === 1,
    jobs,
    frequencyGovernor: frequencyGovernor(),
  };
}

/** The unchanging properties of the machine. */
export function describeMachine(): Pick<
  ReportEnvironment,
  'cpu' | 'cores' | 'memoryBytes' | 'os' | 'arch' | 'node'
> {
  return {
    cpu: os.cpus()[0]?.model.trim() || 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: `${os.type()} ${os.release()}`,
    arch: os.arch(),
    node: process.versions.node,
  };
}

/** The commit of a working tree, and whether it has changes; null without git or a repository. */
export async function describeCommit(
  directory: string,
): Promise<Pick<ReportEnvironment, 'gitCommit' | 'gitDirty'>> {
  try {
    return {
      gitCommit: await git(directory, 'rev-parse', 'HEAD'),
      gitDirty: (await git(directory, 'status', '--porcelain')) !== '',
    };
  } catch {
    return { gitCommit: null, gitDirty: null };
  }
}
