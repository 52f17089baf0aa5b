import type { ServicePort } from '../model/service-table.ts'
import type { NodeCommands } from './command.ts'

/** One UDP flow that conntrack remembers: where the client sent to, and who answers. */
export interface UdpFlow {
  readonly source: string
  readonly sourcePort: number
  readonly target: string
  readonly targetPort: number
  readonly answers: string
  readonly answersPort: number
}

/** conntrack shows one family at a time. */
const families = ['ipv4', 'ipv6'] as const

/**
 * Makes conntrack forget UDP flows that ports which have changed would route elsewhere by now. UDP has no end that
 * conntrack could see: a client that keeps sending from one port would stay with an endpoint that
 * is gone, or with none at all, for ever. TCP and SCTP say when they end, and drain until then.
 */
export async function forgetStaleFlows(
  commands: NodeCommands,
  {
    before,
    now,
  }: { readonly before: readonly ServicePort[]; readonly now: readonly ServicePort[] },
  signal: AbortSignal,
): Promise<void> {
  const ports = [...before, ...now]
  for (const family of families) {
    const isOfFamily = ({ clusterIp }: ServicePort) =>
      clusterIp.includes(':') === (family === 'ipv6')
    if (!ports.some((port) => port.protocol === 'UDP' && isOfFamily(port))) continue
    const select = ['-f', family, '-p', 'udp']
    const listing = await commands.run('conntrack', ['-L', ...select], { signal })
    for (const flow of staleFlows(parseFlows(listing), before, now)) {
      const filter = [
        ...['-D', ...select, '--orig-src', flow.source, '--orig-dst', flow.target],
        ...['--sport', String(flow.sourcePort), '--dport', String(flow.targetPort)],
      ]
      // Its exit code is 1 when the flow has ended meanwhile.
      await commands.run('conntrack', filter, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

/** Lines as `udp 17 28 src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… sport=… dport=… …`. */
export function parseFlows(listing: string): readonly UdpFlow[] {
  return listing.split('\n').flatMap((line) => {
    const all = (name: string) =>
      Array.from(line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g')), ([, value = '']) => value)
    const [source, answers] = all('src')
    const [target] = all('dst')
    const [sourcePort, answersPort] = all('sport').map(Number)
    const [targetPort] = all('dport').map(Number)
    if (!source || !target || !answers || !sourcePort || !targetPort || !answersPort) return []
    return [{ source, sourcePort, target, targetPort, answers, answersPort }]
  })
}

/** Flows to a Service address or node port whose answering side is none of its endpoints. */
export function staleFlows(
  flows: readonly UdpFlow[],
  before: readonly ServicePort[],
  now: readonly ServicePort[],
): readonly UdpFlow[] {
  const endpoints = new Map<string, Set<string>>()
  const note = (port: ServicePort, isCurrent: boolean) => {
    if (port.protocol !== 'UDP') return
    for (const key of frontends(port)) {
      const known = endpoints.get(key) ?? new Set<string>()
      endpoints.set(key, known)
      if (isCurrent) for (const endpoint of backends(port)) known.add(endpoint)
    }
  }
  for (const port of before) note(port, false)
  for (const port of now) note(port, true)
  return flows.filter(({ target, targetPort, answers, answersPort }) => {
    const wanted =
      endpoints.get(`${target} ${targetPort}`) ?? endpoints.get(nodePortKey(target, targetPort))
    return wanted !== undefined && !wanted.has(`${answers} ${answersPort}`)
  })
}

/** A node port is that of all addresses of its family. */
const nodePortKey = (ip: string, port: number): string => `${ip.includes(':') ? '::' : '*'} ${port}`

function frontends(port: ServicePort): readonly string[] {
  const { clusterIp, nodePort } = port
  const addresses = [clusterIp, ...port.externalIps, ...port.loadBalancerIps]
  const named = addresses.map((ip) => `${ip} ${port.port}`)
  return nodePort === undefined ? named : [...named, nodePortKey(clusterIp, nodePort)]
}

function backends(port: ServicePort): readonly string[] {
  return [...port.clusterEndpoints, ...port.localEndpoints].map(({ ip, port: to }) => `${ip} ${to}`)
}
