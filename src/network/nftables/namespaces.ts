import { type NodeCommands, nodeCommands } from './command.ts'

/** Where named network namespaces are, as `ip netns` keeps them. */
export const netnsPath = (name: string): string => `/run/netns/${name}`

/** The nodes of one machine that are network namespaces, and the bridge between them. */
export interface NamespaceNodesOptions {
  /** Starts every name that is made: at most 8 characters, letters and digits. */
  readonly prefix: string
  /** One node each, in order; the networks of its pods. */
  readonly podCidrs: readonly (readonly string[])[]
  /** First three numbers of the network between the nodes: `172.30.0`. */
  readonly network: string
  /** The first four parts of one of IPv6 beside it, where there is one: `fd00:1:2:3`. */
  readonly network6?: string
}

/** A node that has a network of its own on this machine. */
export interface NamespaceNode {
  readonly name: string
  /** Enter with `nsenter --net=PATH`; `ip netns exec` would hide the cgroups. */
  readonly netns: string
  readonly ip: string
  /** All of its addresses, one of each family. */
  readonly ips: readonly string[]
  readonly podCidrs: readonly string[]
  /** The bridge's port to this node: taking it down cuts the node off. */
  readonly link: string
}

/**
 * Network namespaces that stand for nodes: each on a bridge of this process's own namespace, which
 * has an address there and routes to all pods, so that a kubelet or a test here reaches every pod.
 * What is there of an earlier run stays as it is; nodes under the same prefix beyond these go.
 */
export async function ensureNamespaceNodes(
  options: NamespaceNodesOptions,
  signal: AbortSignal,
): Promise<readonly NamespaceNode[]> {
  const commands = nodeCommands()
  const nodes = options.podCidrs.map((podCidrs, index) => nodeOf(options, podCidrs, index + 1))
  const present = await presentParts(options.prefix, signal)
  const bridge = bridgeName(options.prefix)
  if (!present.links.has(bridge)) await makeBridge(commands, options, signal)
  await addGateway6(commands, options, signal)
  const wanted = new Set(nodes.flatMap(({ name, link }) => [name, link]))
  await removeParts(present, (part) => part !== bridge && !wanted.has(part), signal)
  for (const node of nodes) {
    const isWhole = present.links.has(node.link) && present.namespaces.has(node.name)
    if (!isWhole) {
      await removeParts(present, (part) => part === node.name || part === node.link, signal)
      await attachNode(commands, options, node, signal)
    }
    await setNodeLink(node, 'up', signal)
    await addSecondFamily(node, options, signal)
    await allowHairpin(commands, node, signal)
  }
  for (const node of nodes) {
    const others = nodes.filter((other) => other !== node)
    const routes = { dev: 'eth0', to: others.flatMap(routesTo) }
    await setPodRoutes(nodeCommands(node.netns), routes, signal)
  }
  await setPodRoutes(commands, { dev: bridge, to: nodes.flatMap(routesTo) }, signal)
  return nodes
}

/** Removes what bears the prefix, also after a process that died; the routes go with the links. */
export async function removeNamespaceNodes(prefix: string, signal: AbortSignal): Promise<void> {
  await removeParts(await presentParts(prefix, signal), () => true, signal)
}

/** This process's address on the bridge between the nodes. */
export const namespaceGateway = (network: string): string => `${network}.254`

/** The networks between the nodes. */
export function namespaceNetworks({
  network,
  network6,
}: Pick<NamespaceNodesOptions, 'network' | 'network6'>): readonly string[] {
  return [`${network}.0/24`, ...(network6 === undefined ? [] : [`${network6}::/64`])]
}

/** This process's addresses on the bridge, one of each family. */
export function namespaceGateways({
  network,
  network6,
}: Pick<NamespaceNodesOptions, 'network' | 'network6'>): readonly string[] {
  return [namespaceGateway(network), ...(network6 === undefined ? [] : [gateway6(network6)])]
}

const gateway6 = (network6: string): string => `${network6}::fe`

/** Pulls the cable of a node, or puts it in again. */
export async function setNodeLink(
  { link }: NamespaceNode,
  state: 'up' | 'down',
  signal: AbortSignal,
): Promise<void> {
  await nodeCommands().run('ip', ['link', 'set', link, state], { signal })
}

interface Parts {
  readonly links: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
}

/** The links and namespaces that bear the prefix. */
async function presentParts(prefix: string, signal: AbortSignal): Promise<Parts> {
  const { run } = nodeCommands()
  const links = await run('ip', ['-o', 'link', 'show'], { signal })
  const ours = new RegExp(`^\\d+: (${prefix}-(?:br|p\\d+))[@:]`, 'gm')
  const listed = await run('ip', ['netns', 'list'], { signal })
  return {
    links: new Set([...links.matchAll(ours)].map(([, link = '']) => link)),
    namespaces: new Set(
      [...listed.matchAll(new RegExp(`^${prefix}-n\\d+`, 'gm'))].map(([name]) => name),
    ),
  }
}

async function removeParts(
  { links, namespaces }: Parts,
  isUnwanted: (part: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { run } = nodeCommands()
  // The kernel takes the links of a namespace down some time after it, so they go by themselves.
  for (const link of [...links].filter(isUnwanted)) {
    await run('ip', ['link', 'delete', link], { signal })
  }
  for (const name of [...namespaces].filter(isUnwanted)) {
    await run('ip', ['netns', 'delete', name], { signal })
  }
}

/** A network of pods and the node that has it. */
export interface PodRoute {
  readonly podCidr: string
  readonly via: string
}

/** Tells our routes from everybody else's; any number that the kernel has no name for. */
const routeProtocol = '196'

/** Makes the routes to other nodes' pods over one link be exactly these. */
export async function setPodRoutes(
  commands: NodeCommands,
  { dev, to }: { readonly dev: string; readonly to: readonly PodRoute[] },
  signal: AbortSignal,
): Promise<void> {
  for (const family of ['-4', '-6']) {
    const own = to.filter(({ podCidr }) => podCidr.includes(':') === (family === '-6'))
    const show = [family, 'route', 'show', 'dev', dev, 'proto', routeProtocol]
    const shown = await commands.run('ip', show, { signal })
    for (const podCidr of staleRoutes(shown, own)) {
      const args = [family, 'route', 'delete', podCidr, 'dev', dev, 'proto', routeProtocol]
      await commands.run('ip', args, { signal })
    }
    for (const { podCidr, via } of own) {
      const args = [
        family,
        'route',
        'replace',
        podCidr,
        'via',
        via,
        'dev',
        dev,
        'proto',
        routeProtocol,
      ]
      await commands.run('ip', args, { signal })
    }
  }
}

/** Destinations in the listing of `ip route show` that are no longer wanted. */
export function staleRoutes(listing: string, wanted: readonly PodRoute[]): readonly string[] {
  const keep = new Set(wanted.map(({ podCidr }) => podCidr))
  const present = listing.split('\n').map((line) => line.split(' ')[0] ?? '')
  return present.filter((podCidr) => podCidr !== '' && !keep.has(podCidr))
}

function routesTo({ podCidrs, ips }: NamespaceNode): readonly PodRoute[] {
  return podCidrs.flatMap((podCidr) => {
    const via = ips.find((ip) => ip.includes(':') === podCidr.includes(':'))
    return via === undefined ? [] : [{ podCidr, via }]
  })
}

const bridgeName = (prefix: string) => `${prefix}-br`

function nodeOf(
  { prefix, network, network6 }: NamespaceNodesOptions,
  podCidrs: readonly string[],
  index: number,
): NamespaceNode {
  const name = `${prefix}-n${index}`
  const ip = `${network}.${index}`
  const ips = [ip, ...(network6 === undefined ? [] : [`${network6}::${index.toString(16)}`])]
  return { name, netns: netnsPath(name), ip, ips, podCidrs, link: `${prefix}-p${index}` }
}

/** Also where the node is there of an earlier run that had one family alone. */
async function addSecondFamily(
  { name, netns, ips }: NamespaceNode,
  { network6 }: NamespaceNodesOptions,
  signal: AbortSignal,
): Promise<void> {
  const [, ip] = ips
  if (ip === undefined || network6 === undefined) return
  const inside = (...args: readonly string[]) =>
    nodeCommands().run('ip', ['-n', name, ...args], { signal })
  // Nobody else is on this bridge: to look for somebody with the address would only take time.
  await inside('addr', 'replace', `${ip}/64`, 'dev', 'eth0', 'nodad')
  await inside('-6', 'route', 'replace', 'default', 'via', gateway6(network6), 'dev', 'eth0')
  const setting = 'net.ipv6.conf.all.forwarding=1'
  await nodeCommands(netns).run('sysctl', ['-q', '-w', setting], { signal })
}

async function addGateway6(
  { run }: NodeCommands,
  { prefix, network6 }: NamespaceNodesOptions,
  signal: AbortSignal,
): Promise<void> {
  if (network6 === undefined) return
  const address = `${gateway6(network6)}/64`
  await run('ip', ['addr', 'replace', address, 'dev', bridgeName(prefix), 'nodad'], { signal })
}

/**
 * What a node sends to this one may be led back to it, by a node port whose endpoint it has itself.
 * Where the kernel shows bridged packets to the tables, that never leaves the bridge.
 */
async function allowHairpin(
  { run }: NodeCommands,
  { link }: NamespaceNode,
  signal: AbortSignal,
): Promise<void> {
  await run('ip', ['link', 'set', link, 'type', 'bridge_slave', 'hairpin', 'on'], { signal })
}

async function makeBridge(
  { run }: NodeCommands,
  { prefix, network }: NamespaceNodesOptions,
  signal: AbortSignal,
): Promise<void> {
  const bridge = bridgeName(prefix)
  await run('ip', ['link', 'add', bridge, 'type', 'bridge'], { signal })
  await run('ip', ['addr', 'add', `${namespaceGateway(network)}/24`, 'dev', bridge], { signal })
  await run('ip', ['link', 'set', bridge, 'up'], { signal })
}

async function attachNode(
  { run }: NodeCommands,
  { prefix, network }: NamespaceNodesOptions,
  { name, netns, ip, link }: NamespaceNode,
  signal: AbortSignal,
): Promise<void> {
  const outside = (...args: readonly string[]) => run('ip', args, { signal })
  const inside = (...args: readonly string[]) => outside('-n', name, ...args)
  await outside('netns', 'add', name)
  await outside('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await outside('link', 'set', link, 'master', bridgeName(prefix), 'up')
  await inside('link', 'set', 'lo', 'up')
  await inside('addr', 'add', `${ip}/24`, 'dev', 'eth0')
  await inside('link', 'set', 'eth0', 'up')
  await inside('route', 'add', 'default', 'via', namespaceGateway(network))
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=0']
  await nodeCommands(netns).run('sysctl', ['-q', '-w', ...settings], { signal })
}
