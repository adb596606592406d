// No part of Gaussmark reports to anyone: native libraries that do so unless error otherwise are error here.

/**
 * For the environment of every process that loads an engine. `ORT_DISABLE_TELEMETRY` is ONNX Runtime's; whoever else
 * asks usually reads `DO_NOT_TRACK`.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' } as const;
