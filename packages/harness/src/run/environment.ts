// The machine and software of runs, for the report.

import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import type { ReportEnvironment } from '@gaussmark/analysis';
import type { Plan } from '../plan/plan.js';
import { frequencyGovernor } from './run-conditions.js';

const GIT_TIMEOUT_MS = 5000;

/** The environment before the first run, with the git commit of `directory`. */
export async function describeEnvironment(
  engines: Plan['engines'],
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
  const git = async (...args: string[]) => {
    // Without locks, git status does not write to the repository.
    const all = ['--no-optional-locks', ...args];
    const { stdout } = await promisify(execFile)('git', all, { cwd: directory, timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  };
  try {
    return {
      gitCommit: await git('rev-parse', 'HEAD'),
      gitDirty: (await git('status', '--porcelain')) !== '',
    };
  } catch {
    return { gitCommit: null, gitDirty: null };
  }
}
