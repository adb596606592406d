// The optimizers of Shampoo's family: they share the Kronecker factors.

export { default as shampoo, type ShampooHyperparameters, type ShampooState } from './shampoo.js';
export { default as soap, type SoapHyperparameters, type SoapState } from './soap.js';
