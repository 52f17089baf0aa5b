/**
 * How long a node takes from a change of a policy or a pod until its rules are changed, with few and many
 * policies in force. With root the rules go into nftables, in a network namespace of their own.
 *
 *     node bench/policies.ts [CHANGES] [PODS]
 */
import { execFileSync } from 'node:child_process'
import type { NetworkPolicy, Pod } from '#api'
import { silentLogger, systemClock } from '#lib'
import { enforcingNetwork, netnsPath } from '#network'
import { createPolicyIndex, type PolicyIndex } from '../src/proxy/policies/policy-index.ts'

const [changes = 50, podCount = 2000] = process.argv.slice(2, 4).map(Number)
const localPods = 100
const isRoot = process.getuid?.() === 0
const signal = new AbortController().signal

/** Every pod wears a label of its own; the first hundred are on the node. */
function podOf(index: number, version = 0): Pod {
  const labels = { app: `app-${index}`, ...(version > 0 ? { version: `${version}` } : {}) }
  return {
    metadata: { namespace: 'shop', name: `pod-${index}`, labels },
    spec: { nodeName: index < localPods ? 'here' : 'there', containers: [{ name: 'c' }] },
    status: { phase: 'Running', podIPs: [{ ip: `10.244.${index >> 8}.${index & 255}` }] },
  }
}

/** Each policy lets one application reach another one, at some ports, and a block besides. */
function policyOf(index: number, version = 0): NetworkPolicy {
  const from = [
    { podSelector: { matchLabels: { app: `app-${(index * 7 + version) % podCount}` } } },
    { ipBlock: { cidr: '192.168.0.0/16', except: ['192.168.3.0/24'] } },
  ]
  const ports = [{ port: 80 }, { port: 8000, endPort: 8000 + (index % 900) }]
  const podSelector = { matchLabels: { app: `app-${index % localPods}` } }
  return {
    metadata: { namespace: 'shop', name: `policy-${index}` },
    spec: { podSelector, policyTypes: ['Ingress'], ingress: [{ from, ports }] },
  }
}

const setPod = (index: PolicyIndex, number: number, version = 0) =>
  index.setPod(`shop/pod-${number}`, podOf(number, version))
const setPolicy = (index: PolicyIndex, number: number, version = 0) =>
  index.setPolicy(`shop/policy-${number}`, policyOf(number, version))

/** What is changed, the so-manyth time. */
const kinds: Readonly<Record<string, (index: PolicyIndex, count: number, time: number) => void>> = {
  'a policy names another peer': (index, count, time) => setPolicy(index, time % count, time + 1),
  'a policy comes': (index, count, time) => setPolicy(index, count + time),
  'a policy goes': (index, count, time) =>
    index.setPolicy(`shop/policy-${count + time}`, undefined),
  // Those that policies name as peers, on other nodes.
  'a pod gets an address': (index, count, time) => {
    const number = (((time % count) * 7) % (podCount - localPods)) + localPods
    const pod = podOf(number)
    const podIPs = [{ ip: `10.245.${time >> 8}.${time & 255}` }]
    index.setPod(`shop/pod-${number}`, { ...pod, status: { ...pod.status, podIPs } })
  },
  'a label that no policy names': (index, _count, time) => setPod(index, 0, time + 1),
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function measure(count: number): Promise<readonly (readonly [string, number, number])[]> {
  const index = createPolicyIndex({ name: 'here', nameServers: [] })
  index.setNamespace('shop', {})
  for (let number = 0; number < podCount; number++) setPod(index, number)
  for (let number = 0; number < count; number++) setPolicy(index, number)
  await using network = isRoot ? await openNetwork() : undefined
  await network?.restrict(index.table(), signal)
  const rows: (readonly [string, number, number])[] = []
  for (const [name, change] of Object.entries(kinds)) {
    const [ruled, all]: [number[], number[]] = [[], []]
    for (let time = 0; time < changes; time++) {
      const start = systemClock.monotonicMs()
      change(index, count, time)
      const table = index.table()
      ruled.push(systemClock.monotonicMs() - start)
      await network?.restrict(table, signal)
      all.push(systemClock.monotonicMs() - start)
    }
    rows.push([name, median(ruled), median(all)])
  }
  return rows
}

const space = `kb${process.pid % 10_000}`

function openNetwork() {
  return enforcingNetwork(
    {
      dns: { domain: 'cluster.local', addresses: [] },
      table: 'knarr-bench',
      netns: netnsPath(space),
      podCidrs: ['10.244.0.0/15'],
      localhostNodePorts: false,
      clock: systemClock,
      log: silentLogger,
    },
    signal,
  )
}

if (isRoot) execFileSync('ip', ['netns', 'add', space])
try {
  console.log(`${podCount} pods, ${localPods} of them on the node; medians of ${changes} changes`)
  console.log('policies  change                             rule set ms   until nftables has it ms')
  for (const count of [10, 100, 1000]) {
    for (const [name, ruledMs, allMs] of await measure(count)) {
      const all = isRoot ? allMs.toFixed(1) : '-'
      console.log(
        `${String(count).padStart(8)}  ${name.padEnd(34)} ${ruledMs.toFixed(3).padStart(11)} ${all.padStart(26)}`,
      )
    }
  }
} finally {
  if (isRoot) execFileSync('ip', ['netns', 'delete', space])
}
