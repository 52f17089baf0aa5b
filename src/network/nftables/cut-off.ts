import { nodeCommands } from './command.ts'

const table = 'knarr-cut'

/**
 * Loses every packet between a node's namespace and the rest of the cluster, save for what comes
 * from `gateways`, one of each family: the kubelet is there, and to a kubelet its own pods are never far.
 */
export async function cutOff(
  netns: string,
  gateways: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const rules = (interfaceName: string) => {
    const own = gateways.map((ip) => {
      const address = ip.includes(':') ? 'ip6' : 'ip'
      return `${interfaceName} "eth0" ct original ${address} saddr != ${ip} drop;`
    })
    return own.join(' ')
  }
  const input = `table inet ${table}
delete table inet ${table}
table inet ${table} {
  chain in { type filter hook prerouting priority -150; ${rules('iifname')} }
  chain out { type filter hook postrouting priority -150; ${rules('oifname')} }
}
`
  await nodeCommands(netns).run('nft', ['-f', '-'], { input, signal })
}

/** Undoes `cutOff`; harmless when nothing is cut. */
export async function joinAgain(netns: string, signal: AbortSignal): Promise<void> {
  const input = `table inet ${table}\ndelete table inet ${table}\n`
  await nodeCommands(netns).run('nft', ['-f', '-'], { input, signal })
}
