/**
 * The door of those who run a node, or do faults to one: the kubelet and the proxy of one machine over
 * the seams that they are handed. They know their cluster by a transport and a registration only.
 */

export {
  type ContainerHarm,
  type FaultState,
  type FaultyNode,
  type LinkFault,
  noFaults,
} from './faults/fault-state.ts'
export { freezable } from './faults/freezable.ts'
export {
  createNodeHandle,
  type NodeHandle,
  type NodeMachine,
} from './faults/node-handle.ts'
export { clientOf, type NodeRegistration } from './registration.ts'
export { runNode } from './run-node.ts'
