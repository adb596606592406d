// ONNX Runtime's binding for Node, with telemetry off. Import it from here only.

import './telemetry.js';

export { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
