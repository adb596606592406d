// The backend of this machine: detached processes, which outlive the command that started them.

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { Backend, BackendContext, TaskState } from '../backend.js';
import type { TaskId } from '../folder.js';
import { claimOf, isRunningHere, registerWorker, runningWorkers } from '../work.js';

export function localBackend({ folder, manifest, settings }: BackendContext): Backend {
  return {
    graceSeconds: 0,
    check: async () => {},
    submit: async ({ number, tasks }) => {
      mkdirSync(folder.file('logs'), { recursive: true });
      const [program, ...first] = manifest.executable;
      const args = [...first, 'grid', 'work', folder.report, '--submission', String(number)];
      for (let i = 0; i < Math.min(settings.parallel, tasks.length); i++) {
        const log = openSync(folder.file('logs', `${number}-${i}.log`), 'a');
        const child = spawn(program!, args, {
          cwd: manifest.cwd,
          detached: true,
          stdio: ['ignore', log, log],
        });
        closeSync(log);
        await new Promise<void>((resolve, reject) => {
          child.on('spawn', resolve);
          child.on('error', reject);
        });
        registerWorker(folder, number, child.pid!);
        child.unref();
      }
    },
    states: async (submissions) => {
      const alive = new Set<number>();
      const begun = new Map<number, ReadonlySet<number>>();
      for (const { number } of submissions) {
        if (runningWorkers(folder, number).length > 0) alive.add(number);
        begun.set(number, folder.begun(number));
      }
      const of = (id: TaskId): TaskState => {
        const claim = begun.get(id.submission)?.has(id.task) ? claimOf(folder.task(id)) : undefined;
        if (claim !== undefined) return isRunningHere(claim) ? 'running' : 'gone';
        return alive.has(id.submission) ? 'pending' : 'gone';
      };
      return { of, notes: [] };
    },
    fetch: async () => {},
    cancel: async (submissions) => {
      for (const { pid } of submissions.flatMap(({ number }) => runningWorkers(folder, number))) {
        try {
          process.kill(pid, 'SIGTERM');
        } catch {
          // Already gone.
        }
      }
    },
    close: async () => {},
  };
}
