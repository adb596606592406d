// The Muon optimizer.

export { default, type MuonHyperparameters } from './muon.js';
