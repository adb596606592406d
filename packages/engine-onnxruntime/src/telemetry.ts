// Turns off the telemetry of ONNX Runtime. Its library reads the variable when it is loaded, so this module comes before it.
//
// From version 1.30 on, the library for Linux sends events to its vendor unless told otherwise: it resolves a host, keeps a
// device id and a queue of events in the user's cache, and leaves a log in the temporary folder for each process.

process.env.ORT_DISABLE_TELEMETRY = '1';
