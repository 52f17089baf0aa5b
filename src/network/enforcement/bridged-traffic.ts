import type { NodeCommands } from '../nftables/command.ts'

/** Settings by which the kernel shows to tables what a bridge carries between its ports. */
const settings = {
  4: 'net.bridge.bridge-nf-call-iptables',
  6: 'net.bridge.bridge-nf-call-ip6tables',
}

/**
 * Has packets between pods of one bridge pass the tables, which only the module br_netfilter can do.
 * Answers why they do not, where they do not: policies hold between nodes alone then.
 */
export async function showBridgedTraffic(
  commands: NodeCommands,
  podCidrs: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const run = (file: string, ...args: readonly string[]) => commands.run(file, args, { signal })
  const turnOn = async () => {
    for (const cidr of podCidrs) {
      await run('sysctl', '-q', '-w', `${settings[cidr.includes(':') ? 6 : 4]}=1`)
    }
  }
  try {
    await turnOn().catch(async () => {
      await run('modprobe', 'br_netfilter')
      await turnOn()
    })
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return error instanceof Error ? error.message : String(error)
  }
}
