// The machine and the software of a run, for the report.

import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import type { ReportEnvironment } from '@gaussmark/analysis';
import type { Plan } from '../plan/plan.js';
import { frequencyGovernor } from './run-conditions.js';

const GIT_TIMEOUT_MS = 5000;

/** The environment before the first run. `directory` is asked for its git commit. */
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

/** What does not change while the machine is up. */
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

/** The commit of a working tree and whether it was changed; null where there is no git, or no repository. */
export async function describeCommit(
  directory: string,
): Promise<Pick<ReportEnvironment, 'gitCommit' | 'gitDirty'>> {
  const git = async (...args: string[]) => {
    // Without locks, asking for the status does not write to the repository.
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
