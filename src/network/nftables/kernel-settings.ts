import type { NodeCommands } from './command.ts'
import type { RuleOptions } from './service-rules.ts'

/**
 * Lets the kernel forward between pods, and show bridged traffic to the tables: an answer that a
 * bridge carries straight from pod to pod would otherwise bypass the translation back. Returns what
 * must be undone in the end.
 */
export async function applyKernelSettings(
  commands: NodeCommands,
  options: RuleOptions,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const set = (name: string, value: string) =>
    commands.run('sysctl', ['-q', '-w', `${name}=${value}`], { signal })
  // Without the br_netfilter module there is no such setting; other set-ups route between pods.
  const optional = (name: string, value: string) =>
    set(name, value).catch(() => signal.throwIfAborted())

  await set('net.ipv4.ip_forward', '1')
  await optional('net.bridge.bridge-nf-call-iptables', '1')
  if (options.podCidrs.some((cidr) => cidr.includes(':'))) {
    await set('net.ipv6.conf.all.forwarding', '1')
    await optional('net.bridge.bridge-nf-call-ip6tables', '1')
  }
  if (!options.localhostNodePorts) return async () => {}
  const name = 'net.ipv4.conf.all.route_localnet'
  const before = (await commands.run('sysctl', ['-n', name], { signal })).trim()
  await set(name, '1')
  return async () => {
    const always = new AbortController().signal
    await commands.run('sysctl', ['-q', '-w', `${name}=${before}`], { signal: always })
  }
}
