// ONNX Runtime's binding for Node, loaded with its telemetry off. Whoever needs it imports it from here.

import './telemetry.js';

export { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
