// The worker process: performs the tasks it is sent, reports events and results, and ends with its command.

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { describeThrown, GaussmarkError } from '@gaussmark/core';
import { Activity } from './activity.js';
import { GlobalsWatch, lockGlobals } from './globals.js';
import { messageWriter, type Send } from './message-writer.js';
import { listenToCalls, pluginAt } from './plugin-calls.js';
import { CHANNELS, type Hello, type TaskName, type ToWorker } from './protocol.js';
import { serializeError } from './serialized-error.js';
import type { TaskContext, TaskOf, TaskTypes } from './task.js';

// Captured before a plugin can replace it.
const exit = process.exit.bind(process);

class Worker {
  readonly #send: Send;
  readonly #activity = new Activity();
  readonly #ready: Promise<void>;
  readonly #globals: GlobalsWatch;
  #called: string | undefined;
  #cancel = new AbortController();

  constructor(hello: Hello) {
    // The watchdog would not notice a parent that is gone already.
    if (process.platform !== 'win32' && process.ppid !== hello.parent) exit(1);
    this.#send = messageWriter(hello.token);
    // Deep enough to reach a plugin's own line below autodiff's frames.
    Error.stackTraceLimit = 50;
    lockGlobals();
    this.#globals = new GlobalsWatch();
    listenToCalls({
      onCall: (plugin) => this.#calls(plugin),
      onReturn: () => this.#globals.demandUnchanged(this.#called),
    });
    // What a plugin throws outside a call: in a timer, in a forgotten promise.
    const fail = (error: unknown) => {
      this.#send({ type: 'error', error: serializeError(outsideOfCall(error, this.#called)) });
      exit(1);
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    surviveLostOutput();
    // Where this process has no group of its own, Ctrl-C reaches it too; the command decides what happens.
    process.on('SIGINT', () => {});
    // A plugin's import may never return: the watchdog starts first.
    this.#ready = this.#activity.start(hello);
    if (hello.prepare !== undefined) void import(hello.prepare.module);
  }

  #calls(plugin: string): void {
    this.#globals.demandUnchanged(this.#called);
    this.#called = plugin;
    this.#send({ type: 'call', plugin });
  }

  async take(message: ToWorker): Promise<void> {
    if (message.type === 'cancel') {
      this.#cancel.abort();
      return;
    }
    this.#cancel = new AbortController();
    try {
      const result = await this.#do(message.task, message.input);
      this.#globals.demandUnchanged(this.#called);
      this.#send({ type: 'result', result });
    } catch (error) {
      this.#send({ type: 'error', error: serializeError(error) });
    }
  }

  async #do({ module, name }: TaskName, input: unknown): Promise<unknown> {
    const [tasks] = await Promise.all([
      import(module) as Promise<Record<string, TaskOf<TaskTypes>>>,
      this.#ready,
    ]);
    const context: TaskContext<TaskTypes> = {
      emit: (event) => this.#send({ type: 'event', event }),
      signal: this.#cancel.signal,
      observe: (engine) => this.#activity.observe(engine),
    };
    return tasks[name]!(input, context);
  }
}

/**
 * What a plugin prints may be more than the system takes at once. Its run goes on; the captured output, bounded anyway, says that some of
 * it is missing.
 */
function surviveLostOutput(): void {
  for (const [stream, descriptor] of [[process.stdout, 1] as const, [process.stderr, 2] as const]) {
    let isNoted = false;
    stream.on('error', (error: unknown) => {
      if (isNoted) return;
      isNoted = true;
      try {
        writeSync(descriptor, `[output that could not be captured: ${describeThrown(error).message}]\n`);
      } catch {
        // Nobody reads it.
      }
    });
  }
}

/** Blames an error on the plugin whose file it comes from, else on the one called last. */
function outsideOfCall(error: unknown, called = 'a plugin'): GaussmarkError {
  const { text, place } = describeThrown(error);
  const plugin = (place === undefined ? undefined : pluginAt(place)) ?? called;
  return new GaussmarkError(`${plugin} failed outside of a call: ${text}`, {
    plugin,
    got: place,
    cause: error,
  });
}

let worker: Worker | undefined;
const requests = new Socket({ fd: CHANNELS.requests, readable: true, writable: false });
createInterface({ input: requests })
  .on('line', (line) => {
    if (worker === undefined) worker = new Worker(JSON.parse(line) as Hello);
    else void worker.take(JSON.parse(line) as ToWorker);
  })
  .on('close', () => exit(0));
