// An engine whose native calls are visible to another thread.

import { defined, type Engine, type Executable } from '@gaussmark/core';

interface NativeMark {
  enter(): void;
  leave(): void;
}

/** Wraps every compilation and run in `enter` and `leave`. */
export function observedEngine(engine: Engine, mark: NativeMark): Engine {
  const marked = <T>(call: () => Promise<T>): Promise<T> => {
    mark.enter();
    try {
      return call().finally(mark.leave);
    } catch (error) {
      mark.leave();
      throw error;
    }
  };
  const observed = (executable: Executable): Executable => ({
    program: executable.program,
    run: (inputs, outputs) => marked(() => executable.run(inputs, outputs)),
    dispose: () => executable.dispose(),
  });
  return {
    info: engine.info,
    ...defined({ unsupported: engine.unsupported?.bind(engine), inPlace: engine.inPlace }),
    compile: async (program, options) => observed(await marked(() => engine.compile(program, options))),
    allocate: (type) => engine.allocate(type),
    upload: (value) => engine.upload(value),
    ...defined({ adopt: engine.adopt?.bind(engine) }),
    ...(engine.export === undefined
      ? {}
      : { export: (program, options) => marked(() => engine.export!(program, options)) }),
    dispose: () => marked(() => engine.dispose()),
  };
}
