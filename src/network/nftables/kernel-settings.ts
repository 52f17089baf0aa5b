import type { NodeCommands } from './command.ts'
import type { RuleOptions } from './service-rules.ts'

/**
 * Lets the kernel forward between pods, and show bridged traffic to the tables: an answer that a
 * bridge carries straight from pod to pod would otherwise bypass the translation back.
 */
export async function applyKernelSettings(
  commands: NodeCommands,
  options: RuleOptions,
  signal: AbortSignal,
): Promise<void> {
  const set = (name: string, value: string) => setValue(commands, name, value, signal)
  // Without the br_netfilter module there is no such setting; other set-ups route between pods.
  const optional = (name: string, value: string) =>
    set(name, value).catch(() => signal.throwIfAborted())

  await set('net.ipv4.ip_forward', '1')
  await optional('net.bridge.bridge-nf-call-iptables', '1')
  if (options.podCidrs.some((cidr) => cidr.includes(':'))) {
    await keepRouterAdvertisements(commands, signal)
    await set('net.ipv6.conf.all.forwarding', '1')
    await optional('net.bridge.bridge-nf-call-ip6tables', '1')
  }
}

/**
 * Who forwards IPv6 hears no advertisements of routers any more, and would lose a default route that
 * it has of one, unless it is told to listen all the same.
 */
async function keepRouterAdvertisements(
  commands: NodeCommands,
  signal: AbortSignal,
): Promise<void> {
  const routes = await commands.run('ip', ['-6', 'route', 'show', 'default', 'proto', 'ra'], {
    signal,
  })
  for (const [, device = ''] of routes.matchAll(/\bdev (\S+)/g)) {
    // In a name of sysctl a dot is written as a slash.
    const name = device.replaceAll('.', '/')
    await setValue(commands, `net.ipv6.conf.${name}.accept_ra`, '2', signal)
  }
}

/** An empty chain that says: route_localnet was off before tables like this one came. */
export const loopbackMarker = 'restores-route-localnet'

const routeLocalnet = 'net.ipv4.conf.all.route_localnet'

/**
 * Lets packets leave from 127.0.0.1, which node ports on the loopback address need. That it was off
 * before is remembered in the table and nowhere else, so that whoever removes the table, even after
 * a crash, can put it back. Resolves to whether the table must carry the marker.
 */
export async function openLoopback(
  commands: NodeCommands,
  table: string,
  signal: AbortSignal,
): Promise<boolean> {
  const before = (await commands.run('sysctl', ['-n', routeLocalnet], { signal })).trim()
  const isOurs = before === '0' || (await markedTables(commands, signal)).length > 0
  if (isOurs) {
    const input = `add table inet ${table}\nadd chain inet ${table} ${loopbackMarker}\n`
    await commands.run('nft', ['-f', '-'], { input, signal })
  }
  await setValue(commands, routeLocalnet, '1', signal)
  return isOurs
}

/** Removes a table, absent is fine, and with the last marked one what `openLoopback` had opened. */
export async function removeTable(
  commands: NodeCommands,
  table: string,
  signal: AbortSignal,
): Promise<void> {
  const marked = await markedTables(commands, signal)
  if (marked.includes(table) && marked.length === 1) {
    await setValue(commands, routeLocalnet, '0', signal)
  }
  const input = `add table inet ${table}\ndelete table inet ${table}\n`
  await commands.run('nft', ['-f', '-'], { input, signal })
}

async function markedTables(
  commands: NodeCommands,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return parseMarkedTables(await commands.run('nft', ['list', 'chains', 'inet'], { signal }))
}

/** Names of the tables in `nft list chains` that have the marker. */
export function parseMarkedTables(listing: string): readonly string[] {
  return listing.split(/^table inet /m).flatMap((block) => {
    const [name = ''] = block.split(' ', 1)
    return block.includes(`chain ${loopbackMarker} `) ? [name] : []
  })
}

async function setValue(
  commands: NodeCommands,
  name: string,
  value: string,
  signal: AbortSignal,
): Promise<void> {
  await commands.run('sysctl', ['-q', '-w', `${name}=${value}`], { signal })
}
