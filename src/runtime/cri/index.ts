export { type CriRuntimeOptions, createCriRuntime } from './client/cri-runtime.ts'
export {
  type BridgeNetwork,
  type ContainerdOptions,
  containerdLeftovers,
  killContainerd,
  type Leftover,
  type PrivateContainerd,
  type RegistryAccess,
  type RegistryMirror,
  startContainerd,
  stopContainerd,
} from './containerd/index.ts'
