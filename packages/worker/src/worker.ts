// The worker process: does the tasks that it is sent, tells what happens, and ends with its command.

import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { GaussmarkError, wordsOf } from '@gaussmark/core';
import { Activity } from './activity.js';
import { GlobalsWatch, lockGlobals } from './globals.js';
import { messageWriter, type Send } from './message-writer.js';
import { hearCalls, pluginAt } from './plugin-calls.js';
import { CHANNELS, type Hello, type ToWorker } from './protocol.js';
import { serializeError } from './serialized-error.js';
import type { Task, TaskContext, TaskOf, TaskTypes } from './task.js';

// A plugin may replace it; leaving is ours to decide.
const leave = process.exit.bind(process);

class Worker {
  readonly #send: Send;
  readonly #activity = new Activity();
  readonly #ready: Promise<void>;
  readonly #globals: GlobalsWatch;
  #called: string | undefined;
  #cancel = new AbortController();

  constructor(hello: Hello) {
    // A parent that was gone before this line will not be missed by the watchdog.
    if (process.platform !== 'win32' && process.ppid !== hello.parent) leave(1);
    this.#send = messageWriter(hello.token);
    lockGlobals();
    this.#globals = new GlobalsWatch();
    hearCalls({
      onCall: (plugin) => this.#calls(plugin),
      onReturn: () => this.#globals.demandUnchanged(this.#called),
    });
    // What a plugin throws outside a call (a timer, a forgotten promise) is error like any other error.
    const fail = (error: unknown) => {
      this.#send({ type: 'error', error: serializeError(outsideOfCall(error, this.#called)) });
      leave(1);
    };
    process.on('uncaughtException', fail);
    process.on('unhandledRejection', fail);
    // A Ctrl-C reaches the whole process group where this process has none of its own: the command decides what becomes of it.
    process.on('SIGINT', () => {});
    // Plugins are imported when the watchdog is there: they may never return.
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

  async #do({ module, name }: Task<TaskTypes>, input: unknown): Promise<unknown> {
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

/** An error of nobody's call, by the plugin that its place is in, or else the one that was called last. */
function outsideOfCall(error: unknown, called = 'a plugin'): GaussmarkError {
  const { text, place } = wordsOf(error);
  const plugin = (place === undefined ? undefined : pluginAt(place)) ?? called;
  return new GaussmarkError(`${plugin} failed outside of a call: ${text}`, { got: place, cause: error });
}

let worker: Worker | undefined;
const requests = new Socket({ fd: CHANNELS.requests, readable: true, writable: false });
createInterface({ input: requests })
  .on('line', (line) => {
    if (worker === undefined) worker = new Worker(JSON.parse(line) as Hello);
    else void worker.take(JSON.parse(line) as ToWorker);
  })
  // Nothing more will be asked.
  .on('close', () => leave(0));
