/**
 * How long it takes until a changed endpoint of one Service is in the rules of a node, by the number of
 * Services: what is computed, and, as root, what `nft` and the kernel take in a network namespace.
 *
 *     node bench/service-rules.ts [SERVICES...]
 */
import { execFileSync } from 'node:child_process'
import type { EndpointSlice, Service } from '#api'
import { silentLogger, systemClock } from '#lib'
import type { ServiceTable } from '#network'
import { nftablesNetwork } from '../src/network/nftables/nftables-network.ts'
import { createTableMaker } from '../src/proxy/table.ts'

const counts = process.argv.slice(2).map(Number)
const sizes = counts.length > 0 ? counts : [1000, 10_000]
const rounds = 30
const nowMs = systemClock.monotonicMs
const signal = new AbortController().signal
const isRoot = process.getuid?.() === 0

const keyOf = (index: number): string => `bench/web-${index}`
const address = (base: number, index: number) =>
  `10.${base + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`

/** A Service whose objects are as informers hand them out. */
function serviceOf(index: number): Service {
  const ip = address(96, index + 1)
  return {
    metadata: { namespace: 'bench', name: `web-${index}` },
    spec: {
      type: 'ClusterIP',
      clusterIP: ip,
      clusterIPs: [ip],
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
    },
  }
}

function sliceOf(index: number, version: number): EndpointSlice {
  return {
    metadata: { namespace: 'bench', name: `web-${index}-a` },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: [1, 2, 3].map((at) => ({
      addresses: [address(244, 4 * index + ((at + version) % 4))],
      conditions: { ready: true },
      nodeName: `node-${at}`,
    })),
  }
}

interface Figures {
  readonly services: number
  readonly computedMs: number
  readonly programmedMs: number | undefined
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function measure(count: number): Promise<Figures> {
  const services = Array.from({ length: count }, (_, index) => serviceOf(index)).toSorted((a, b) =>
    (a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1,
  )
  const slices = new Map<string, readonly EndpointSlice[]>(
    services.map(({ metadata }) => {
      const index = Number(metadata?.name?.slice(4))
      return [keyOf(index), [sliceOf(index, 0)]] as const
    }),
  )
  const makeTable = createTableMaker()
  const byKey = new Map(services.map((service) => [`bench/${service.metadata?.name}`, service]))
  const inputs = {
    services,
    slicesOf: (key: string) => slices.get(key) ?? [],
    node: { name: 'node-1', zone: '' },
  }
  const change = (round: number): ServiceTable => {
    const index = (round * 7919) % count
    const key = keyOf(index)
    slices.set(key, [sliceOf(index, round)])
    return makeTable({ ...inputs, changed: new Map([[key, byKey.get(key)]]) })
  }
  makeTable(inputs)
  const computed: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const beginMs = nowMs()
    change(round)
    computed.push(nowMs() - beginMs)
  }
  if (!isRoot) return { services: count, computedMs: median(computed), programmedMs: undefined }
  const name = `knarr-bench-${process.pid}`
  execFileSync('ip', ['netns', 'add', name])
  try {
    await using network = await nftablesNetwork(
      {
        dns: { domain: 'cluster.local', addresses: [] },
        table: 'bench',
        netns: `/run/netns/${name}`,
        podCidrs: ['10.244.0.0/14'],
        localhostNodePorts: false,
        clock: systemClock,
        log: silentLogger,
      },
      signal,
    )
    await network.program(makeTable(inputs), signal)
    const programmed: number[] = []
    for (let round = rounds + 1; round <= 2 * rounds; round++) {
      const beginMs = nowMs()
      await network.program(change(round), signal)
      programmed.push(nowMs() - beginMs)
    }
    return { services: count, computedMs: median(computed), programmedMs: median(programmed) }
  } finally {
    execFileSync('ip', ['netns', 'delete', name])
  }
}

const ms = (value: number | undefined) =>
  value === undefined ? 'needs root' : `${value.toFixed(1)} ms`
for (const size of sizes) {
  const { services, computedMs, programmedMs } = await measure(size)
  console.log(
    `${services} Services: table ${ms(computedMs)}, from the change to the rules of the kernel ${ms(programmedMs)}`,
  )
}
