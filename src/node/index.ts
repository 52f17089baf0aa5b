export { type FaultyNode, type NodeCondition, soundNode } from './faults/condition.ts'
export { gated } from './faults/gated.ts'
export {
  createNodeHandle,
  type KubeletPorts,
  type NodeHandle,
  type NodeMachine,
} from './faults/node-handle.ts'
export type { ApiAccess, NodeRegistration } from './registration.ts'
export { type NodeOptions, runNode } from './run-node.ts'
