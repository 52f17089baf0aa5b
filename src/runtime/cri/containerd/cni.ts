import type { BridgeNetwork } from './options.ts'

/**
 * The CNI configuration of a node's pod network: a bridge that is the pods' gateway, addresses from
 * the node's ranges, host ports. containerd adds the loopback itself.
 */
export function cniConflist(network: BridgeNetwork, ipamDirectory: string): string {
  const bridge = {
    type: 'bridge',
    bridge: network.bridge,
    isGateway: true,
    ipMasq: network.masquerade ?? true,
    hairpinMode: true,
    ...(network.mtu === undefined ? {} : { mtu: network.mtu }),
    ipam: {
      type: 'host-local',
      ranges: network.podCidrs.map((subnet) => [{ subnet }]),
      routes: network.podCidrs.map((cidr) => ({ dst: cidr.includes(':') ? '::/0' : '0.0.0.0/0' })),
      dataDir: ipamDirectory,
    },
  }
  const portmap = { type: 'portmap', capabilities: { portMappings: true } }
  const list = { cniVersion: '1.0.0', name: network.bridge, plugins: [bridge, portmap] }
  return `${JSON.stringify(list, null, 2)}\n`
}
