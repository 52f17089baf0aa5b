import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { type NetworkPolicy, nodes } from '#api'
import { removeNodeTables, type ServicePort } from '#network'
import type { Simulation } from '#testing'
import { createNamespaces, type Namespaces } from './fixture/namespaces.ts'
import { recipes } from './fixture/recipes.ts'
import {
  addressesIn,
  connections,
  type FamilyName,
  families,
  flowOf,
  judged,
  nodeOf,
  plans,
  podNetworks,
  policiesOf,
  ports,
  simulated,
  startWorld,
  tablesOf,
} from './fixture/world.ts'

const signal = new AbortController().signal
const canRun = process.getuid?.() === 0 && ['nft', 'nsenter', 'ip'].every(isInstalled)
const skip = canRun ? false : 'needs root, nft, ip and nsenter'

function isInstalled(file: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${file}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let cluster: Simulation
let places: Namespaces

before(async () => {
  if (!canRun) return
  cluster = await startWorld()
  const pods = plans.filter(({ hostNetwork }) => !hostNetwork)
  places = await createNamespaces({
    nodes: cluster.list(nodes).map(({ metadata: { name }, spec, status }) => ({
      name,
      ips: (status?.addresses ?? [])
        .filter(({ type }) => type === 'InternalIP')
        .map(({ address }) => address),
      podCidrs: spec?.podCIDRs ?? [],
    })),
    pods: pods.map(({ name, node }) => ({
      name,
      node,
      ips: families.map((family) => addressesIn(cluster, family).of(name)),
    })),
    podNetworks: Object.values(podNetworks),
  })
  for (const { name } of pods) await places.ask(name, { kind: 'serve', ports })
})
after(async () => {
  if (!canRun) return
  await cluster[Symbol.asyncDispose]()
  await places[Symbol.asyncDispose]()
})

/** Pods on the network of their node are that node. */
const placeOf = (pod: string) =>
  plans.find(({ name }) => name === pod)?.hostNetwork ? nodeOf(pod) : pod

async function enforce(policies: readonly NetworkPolicy[], nameServers: readonly string[] = []) {
  const tables = tablesOf(cluster, policies, nameServers)
  for (const [node, table] of tables) await places.networkOf(node).restrict(table, signal)
  return tables
}

/** The connections that come about with real packets; `patienceMs` is how long each is waited for. */
async function measured(
  family: FamilyName,
  asked: readonly string[],
  patienceMs: number,
): Promise<readonly string[]> {
  const addresses = addressesIn(cluster, family)
  const results = plans.map(async ({ name }) => {
    const own = asked.filter((connection) => connection.startsWith(`${name} `))
    const flows = own.map((connection) => flowOf(connection, addresses))
    const replies = await places.ask(placeOf(name), { kind: 'ask', flows, patienceMs })
    return own.filter((_, at) => replies[at])
  })
  const passed = new Set((await Promise.all(results)).flat())
  return asked.filter((connection) => passed.has(connection))
}

describe('rule set, simulation and real packets', { skip }, () => {
  for (const recipe of recipes) {
    test(recipe.name, async () => {
      for (const family of families) {
        const addresses = addressesIn(cluster, family)
        const policies = policiesOf(recipe, addresses)
        const ruled = judged(await enforce(policies), addresses)
        const column = await measured(family, connections, 500)
        // A busy machine may be slow to answer, but what is dropped never comes.
        const late = await measured(
          family,
          ruled.filter((each) => !column.includes(each)),
          5000,
        )
        const passed = connections.filter((each) => column.includes(each) || late.includes(each))
        assert.deepEqual(passed, ruled, `measured, IPv${family}`)
        assert.deepEqual(
          await simulated(cluster, policies, addresses),
          ruled,
          `simulated, IPv${family}`,
        )
      }
    })
  }
})

const policy = (spec: NetworkPolicy['spec']): NetworkPolicy => ({
  metadata: { namespace: 'shop', name: 'p' },
  spec: spec ?? {},
})
const closed = policy({ podSelector: {} })
const flow = (connection: string) => flowOf(connection, addressesIn(cluster, 4))
const passes = async (connection: string, patienceMs = 700) =>
  (await measured(4, [connection], patienceMs)).length === 1

test('an open connection is cut off by a policy that comes later, and goes on when that goes', {
  skip,
}, async () => {
  await enforce([])
  assert.deepEqual(await places.ask('web', { kind: 'open', to: flow('web db 80') }), [true])
  assert.deepEqual(await places.ask('web', { kind: 'say', patienceMs: 5000 }), [true])
  await enforce([closed])
  assert.deepEqual(await places.ask('web', { kind: 'say', patienceMs: 700 }), [false])
  await enforce([])
  assert.deepEqual(await places.ask('web', { kind: 'say', patienceMs: 20_000 }), [true])
})

test('pods ask the name server of their node only if policies let them ask the DNS', {
  skip,
}, async () => {
  const address = '10.96.0.10'
  const dns: ServicePort = {
    name: 'kube-system/kube-dns:dns',
    protocol: 'UDP',
    port: 53,
    clusterIp: address,
    externalIps: [],
    loadBalancerIps: [],
    sourceRanges: [],
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    clusterEndpoints: [{ ip: addressesIn(cluster, 4).of('on-1'), port: 5353, local: true }],
    localEndpoints: [],
    hasEndpoints: true,
  }
  const served = [{ port: 5353, protocol: 'UDP' }] as const
  await places.ask('node-1', { kind: 'serve', ports: served })
  await places.networkOf('node-1').program({ ports: [dns], healthChecks: [] }, signal)
  const flows = [{ to: address, port: 53, protocol: 'UDP' }] as const
  const asks = async (...policies: readonly NetworkPolicy[]) => {
    await enforce(policies, [address])
    return (await places.ask('web', { kind: 'ask', flows, patienceMs: 1000 }))[0]
  }
  const egress = { podSelector: {}, policyTypes: ['Egress'] }
  assert.equal(await asks(), true)
  assert.equal(await asks(policy(egress)), false)
  const names = [{ port: 53, protocol: 'UDP' }]
  assert.equal(await asks(policy({ ...egress, egress: [{ ports: names }] })), true)
  const labelled = {
    namespaceSelector: {},
    podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
  }
  assert.equal(await asks(policy({ ...egress, egress: [{ to: [labelled] }] })), true)
  assert.equal(await asks(policy({ ...egress, egress: [{ to: [{ podSelector: {} }] }] })), false)
})

test('a table that somebody flushed is made anew, one of a dead process is replaced', {
  skip,
}, async () => {
  await enforce([closed])
  places.nft('node-1', 'flush', 'ruleset')
  assert.equal(await passes('web db 80'), true)
  await enforce([closed])
  assert.equal(await passes('web db 80'), false)
  await places.restart('node-1')
  await enforce([policy({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] })])
  assert.equal(await passes('web db 80', 5000), true)
  assert.equal(await passes('web db 81'), false)
})

test('without a policy there is no table, and clearing up leaves none of a dead process', {
  skip,
}, async () => {
  const tables = () => places.nft('node-1', 'list', 'tables')
  await enforce([closed])
  assert.match(tables(), /knarr-test-policies/)
  await enforce([])
  assert.doesNotMatch(tables(), /knarr-test-policies/)
  await enforce([closed])
  await removeNodeTables({ table: 'knarr-test', netns: places.netnsOf('node-1') }, signal)
  assert.doesNotMatch(tables(), /knarr-test/)
})

test('a table that nft refuses leaves the old one in force', { skip }, async () => {
  await enforce([closed])
  const table = tablesOf(cluster, [closed]).get('node-1') ?? assert.fail()
  const ingress = [{ peers: [{ kind: 'pods', set: 'there is none' }] }] as const
  const broken = new Map([['shop/p', { ingress, egress: [] }]])
  const network = places.networkOf('node-1')
  await assert.rejects(network.restrict({ ...table, policies: broken }, signal))
  assert.equal(await passes('web db 80'), false)
  await enforce([])
  assert.equal(await passes('web db 80', 5000), true)
})
