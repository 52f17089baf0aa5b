export type { AppendHandle, Disk, Load, NodeLoad } from './disk.ts'
export {
  ConnectionReset,
  type Fabric,
  type Listener,
  type NetworkStack,
  type WireRequest,
  type WireResponse,
} from './fabric.ts'
