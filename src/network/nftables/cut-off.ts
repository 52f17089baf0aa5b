import { nodeCommands } from './command.ts'

const table = 'knarr-cut'

/**
 * Loses every packet between a node's namespace and the rest of the cluster, save for what comes
 * from `gateway`: the kubelet is there, and to a kubelet its own pods are never far.
 */
export async function cutOff(netns: string, gateway: string, signal: AbortSignal): Promise<void> {
  const fromOthers = `ct original ip saddr != ${gateway} drop`
  const input = `table inet ${table}
delete table inet ${table}
table inet ${table} {
  chain in { type filter hook prerouting priority -150; iifname "eth0" ${fromOthers}; }
  chain out { type filter hook postrouting priority -150; oifname "eth0" ${fromOthers}; }
}
`
  await nodeCommands(netns).run('nft', ['-f', '-'], { input, signal })
}

/** Undoes `cutOff`; harmless when nothing is cut. */
export async function joinAgain(netns: string, signal: AbortSignal): Promise<void> {
  const input = `table inet ${table}\ndelete table inet ${table}\n`
  await nodeCommands(netns).run('nft', ['-f', '-'], { input, signal })
}
