/**
 * The door of those who make nodes of this machine: Linux with containerd, nftables and cgroups. It
 * is a door of its own, so that whoever runs simulated nodes, or only asks, loads none of it.
 */

export type { LocalNode } from './local/local-node.ts'
export { openLocalNodes } from './local/local-nodes.ts'
export { ipv6Refusal, machineAddresses, machineName } from './local/machine.ts'
export { linkPrefix, nodeTableOf } from './local/node-plan.ts'
export { readRegistriesFile } from './local/registries-file.ts'
export { parseRegistryMirror } from './local/registry-mirror.ts'
export { destroyNodeHost, hasContainers, nodesIn, stopNodeContainers } from './local/stop-node.ts'
