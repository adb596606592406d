// The versions of ONNX that models are written in.

/** Understood by ONNX Runtime 1.17 and later. */
export const OPSET = 20;
export const IR_VERSION = 9;
