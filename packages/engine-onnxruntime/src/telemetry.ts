// Turns off ONNX Runtime's telemetry. The library reads the variable when it loads, so import this module first.
//
// Since version 1.30, the library for Linux sends events to its vendor by default: it resolves a host, keeps a device id and a
// queue of events in the user's cache, and leaves a log in the temporary folder for each process.

process.env.ORT_DISABLE_TELEMETRY = '1';
