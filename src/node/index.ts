export { type FaultState, type FaultyNode, noFaults } from './faults/fault-state.ts'
export { freezable } from './faults/freezable.ts'
export {
  createNodeHandle,
  type KubeletPorts,
  type NodeHandle,
  type NodeMachine,
} from './faults/node-handle.ts'
export type { ApiAccess, NodeRegistration } from './registration.ts'
export { type NodeOptions, runNode } from './run-node.ts'
