export { createVirtualTime, type VirtualTime } from './clock/virtual-time.ts'
export { wallTime } from './clock/wall-time.ts'
export {
  type FaultWorld,
  type FaultyNode,
  type NodeCondition,
  soundNode,
} from './faults/fault-world.ts'
export { createInputs, type Inputs } from './journal/inputs.ts'
export { createJournal, type Journal } from './journal/journal.ts'
export type { RunningLoad } from './loads/start-load.ts'
export { simulationApi } from './simulation-api.ts'
