// The ONNX versions that models declare.

/** Supported by ONNX Runtime 1.17 and later. */
export const OPSET = 20;
export const IR_VERSION = 9;
