export type { Leftover } from './leftovers.ts'
export type { BridgeNetwork, ContainerdOptions, RegistryAccess, RegistryMirror } from './options.ts'
export {
  containerdLeftovers,
  killContainerd,
  type PrivateContainerd,
  startContainerd,
  stopContainerd,
} from './private-containerd.ts'
