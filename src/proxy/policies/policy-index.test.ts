import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  mostSelectedPeers,
  type NetworkPolicy,
  type NetworkPolicySpec,
  networkPolicies,
  type Pod,
} from '#api'
import { type Flow, judgeFlow, type PolicyTable } from '#network'
import { createPolicyIndex, type PolicyIndex } from './policy-index.ts'

const nameServers = ['10.96.0.10']

function podOf(name: string, more: PodShape = {}): Pod {
  const { namespace = 'shop', labels = {}, ip, node = 'here', phase = 'Running', ports = [] } = more
  return {
    metadata: { namespace, name, labels, creationTimestamp: more.madeAt ?? '2026-01-01T00:00:00Z' },
    spec: {
      nodeName: node,
      containers: [{ name: 'c', image: 'c', ports }],
      ...(more.hostNetwork ? { hostNetwork: true } : {}),
    },
    status: { phase, podIPs: (more.ips ?? (ip ? [ip] : [])).map((each) => ({ ip: each })) },
  }
}

/** What an arbitrary draws. */
type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never

interface PodShape {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly ip?: string
  readonly ips?: readonly string[]
  readonly node?: string
  readonly phase?: string
  readonly hostNetwork?: boolean
  readonly madeAt?: string
  readonly ports?: readonly { name: string; containerPort: number; protocol?: string }[]
}

const policyOf = (name: string, spec: NetworkPolicySpec, namespace = 'shop'): NetworkPolicy => ({
  metadata: { namespace, name },
  spec,
})

/** web 10.0.0.1 and db 10.0.0.2 of this node, far 10.0.1.3 of another, other/web 10.0.1.4. */
function world(): PolicyIndex {
  const index = createPolicyIndex({ name: 'here', nameServers })
  index.setNodeAddresses(['192.168.0.1'])
  for (const name of ['shop', 'other', 'kube-system']) {
    index.setNamespace(name, { 'kubernetes.io/metadata.name': name })
  }
  const http = [{ name: 'http', containerPort: 8080 }]
  put(index, podOf('web', { labels: { app: 'web' }, ip: '10.0.0.1' }))
  put(index, podOf('db', { labels: { app: 'db' }, ip: '10.0.0.2', ports: http }))
  put(index, podOf('far', { labels: { app: 'web' }, ip: '10.0.1.3', node: 'there', ports: http }))
  const away = { namespace: 'other', labels: { app: 'web' }, ip: '10.0.1.4', node: 'there' }
  put(index, podOf('web', away))
  return index
}

const put = (index: PolicyIndex, pod: Pod) =>
  index.setPod(`${pod.metadata?.namespace}/${pod.metadata?.name}`, pod)
const restrict = (
  index: PolicyIndex,
  name: string,
  spec: NetworkPolicySpec,
  namespace?: string,
) => {
  const policy = policyOf(name, spec, namespace)
  index.setPolicy(`${policy.metadata?.namespace}/${name}`, policy)
  return index
}
const flowOf = (text: string): Flow => {
  const [from = '', to = '', port = '80', protocol = 'TCP'] = text.split(' ')
  // Cast: tests name no other protocol.
  return { from, to, port: Number(port), protocol: protocol as Flow['protocol'] }
}
const passes = (table: PolicyTable, text: string) =>
  judgeFlow(table, flowOf(text)).kind === 'allowed'

describe('a pod that a policy selects', () => {
  test('gets nothing that no rule lets in, and its node and itself all the same', () => {
    const table = restrict(world(), 'closed', { podSelector: {} }).table()
    assert.deepEqual(judgeFlow(table, flowOf('10.0.0.1 10.0.0.2')), {
      kind: 'refused',
      direction: 'ingress',
      pod: 'shop/db',
      policies: ['shop/closed'],
    })
    assert.equal(passes(table, '10.0.0.2 10.0.0.2'), true)
    assert.equal(passes(table, '192.168.0.1 10.0.0.2'), true)
    assert.equal(passes(table, '192.168.0.2 10.0.0.2'), false)
    // It is not kept from sending, and what is on other nodes is theirs to judge.
    assert.deepEqual(judgeFlow(table, flowOf('10.0.0.2 10.0.1.4')), {
      kind: 'allowed',
      policies: [],
    })
    assert.equal(passes(table, '10.0.0.2 10.0.1.3'), true)
  })

  test('sends nothing that no rule lets out, but for what goes to its own node', () => {
    const spec = { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Egress'] }
    const table = restrict(world(), 'mute', spec).table()
    assert.equal(passes(table, '10.0.0.2 10.0.0.1'), false)
    assert.equal(passes(table, '10.0.0.2 8.8.8.8'), false)
    assert.equal(passes(table, '10.0.0.2 192.168.0.1 6443'), true)
    assert.equal(passes(table, '10.0.0.1 10.0.0.2'), true)
  })

  test('has both directions closed by a policy with egress rules and no types', () => {
    const spec = { podSelector: {}, egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }] }
    const table = restrict(world(), 'dns', spec).table()
    assert.equal(passes(table, '10.0.1.4 10.0.0.2'), false)
    assert.equal(passes(table, '10.0.0.2 10.0.1.4 53 UDP'), true)
    assert.equal(passes(table, '10.0.0.2 10.0.1.4 53 TCP'), false)
  })

  test('is let through by any one of its policies, which the judgement names', () => {
    const index = restrict(world(), 'closed', { podSelector: {} })
    restrict(index, 'web', {
      podSelector: {},
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
    })
    const table = index.table()
    assert.deepEqual(judgeFlow(table, flowOf('10.0.0.1 10.0.0.2')), {
      kind: 'allowed',
      policies: ['shop/web'],
    })
    const refused = judgeFlow(table, flowOf('10.0.1.4 10.0.0.2'))
    assert.deepEqual(refused.policies, ['shop/closed', 'shop/web'])
  })
})

describe('peers', () => {
  const from = (...peers: NonNullable<NonNullable<NetworkPolicySpec['ingress']>[0]['from']>) =>
    restrict(world(), 'p', {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: peers }],
    }).table()

  test("of a pod selector alone are pods of the policy's own namespace", () => {
    const table = from({ podSelector: { matchLabels: { app: 'web' } } })
    assert.deepEqual(
      ['10.0.0.1', '10.0.1.3', '10.0.1.4'].map((ip) => passes(table, `${ip} 10.0.0.2`)),
      [true, true, false],
    )
  })

  test('of a namespace selector alone are all pods of these namespaces', () => {
    const table = from({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
    })
    assert.deepEqual(
      ['10.0.0.1', '10.0.1.4'].map((ip) => passes(table, `${ip} 10.0.0.2`)),
      [false, true],
    )
  })

  test('of both are pods that have the labels in namespaces that have theirs', () => {
    const other = { matchLabels: { 'kubernetes.io/metadata.name': 'other' } }
    const both = from({ namespaceSelector: other, podSelector: { matchLabels: { app: 'db' } } })
    assert.equal(passes(both, '10.0.1.4 10.0.0.2'), false)
    const web = from({ namespaceSelector: other, podSelector: { matchLabels: { app: 'web' } } })
    assert.equal(passes(web, '10.0.1.4 10.0.0.2'), true)
    assert.equal(passes(web, '10.0.1.3 10.0.0.2'), false)
  })

  test('of a block are all its addresses but for those that it leaves out, of pods as well', () => {
    const table = from({ ipBlock: { cidr: '10.0.0.0/15', except: ['10.0.1.0/30'] } })
    const ips = ['10.0.0.1', '10.1.9.9', '10.2.0.1', '10.0.1.3', '10.0.1.4', 'fd00::1']
    assert.deepEqual(
      ips.map((ip) => passes(table, `${ip} 10.0.0.2`)),
      [true, true, false, false, true, false],
    )
  })

  test('that have ended, or have the network of their node, are none', () => {
    const index = world()
    put(index, podOf('done', { labels: { app: 'web' }, ip: '10.0.0.7', phase: 'Succeeded' }))
    put(index, podOf('host', { labels: { app: 'web' }, ip: '192.168.0.2', hostNetwork: true }))
    restrict(index, 'p', { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] })
    const table = index.table()
    assert.equal(passes(table, '10.0.0.7 10.0.0.2'), false)
    assert.equal(passes(table, '192.168.0.2 10.0.0.2'), false)
    assert.equal(table.pods.has('192.168.0.2'), false)
    assert.equal(table.pods.has('10.0.0.7'), false)
  })

  test('of two families pass by the address of either', () => {
    const index = world()
    put(index, podOf('two', { labels: { app: 'two' }, ips: ['10.0.0.8', 'fd00::8'] }))
    put(
      index,
      podOf('far', { labels: { app: 'web' }, ips: ['10.0.1.3', 'fd00::3'], node: 'there' }),
    )
    const web = { podSelector: { matchLabels: { app: 'web' } } }
    restrict(index, 'p', { podSelector: {}, ingress: [{ from: [web] }] })
    assert.equal(passes(index.table(), 'fd00::3 fd00::8'), true)
    assert.equal(passes(index.table(), 'fd00::4 fd00::8'), false)
  })
})

describe('ports', () => {
  const ingress = (...ports: NonNullable<NonNullable<NetworkPolicySpec['ingress']>[0]['ports']>) =>
    restrict(world(), 'p', {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ ports }],
    }).table()

  test('are a number, a range, or all of a protocol, TCP unless it is said', () => {
    const to = (table: PolicyTable, port: string) => passes(table, `10.0.0.1 10.0.0.2 ${port}`)
    const one = ingress({ port: 80 })
    assert.deepEqual(
      ['80', '81', '80 UDP'].map((port) => to(one, port)),
      [true, false, false],
    )
    const range = ingress({ port: 8000, endPort: 8002, protocol: 'SCTP' })
    assert.deepEqual(
      ['7999 SCTP', '8000 SCTP', '8002 SCTP', '8003 SCTP', '8001 TCP'].map((port) =>
        to(range, port),
      ),
      [false, true, true, false, false],
    )
    const all = ingress({ protocol: 'UDP' })
    assert.deepEqual(
      ['1 UDP', '65535 UDP', '80'].map((port) => to(all, port)),
      [true, true, false],
    )
  })

  test('with a name are those of the receiver that bear it', () => {
    const table = ingress({ port: 'http' })
    assert.equal(passes(table, '10.0.0.1 10.0.0.2 8080'), true)
    assert.equal(passes(table, '10.0.0.1 10.0.0.2 80'), false)
    const out = restrict(world(), 'p', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 'http' }] }],
    }).table()
    assert.equal(passes(out, '10.0.0.1 10.0.1.3 8080'), true)
    assert.equal(passes(out, '10.0.0.1 10.0.1.4 8080'), false, 'it has no port of that name')
  })
})

test("names are asked of the cluster's DNS, which has the labels that its pods would have", () => {
  const closed = { podSelector: {}, policyTypes: ['Egress'] }
  const ask = '10.0.0.1 10.96.0.10 53 UDP'
  const index = restrict(world(), 'closed', closed)
  assert.equal(passes(index.table(), ask), false)
  const dns = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
    podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
  }
  restrict(index, 'dns', {
    ...closed,
    egress: [{ to: [dns], ports: [{ port: 'dns', protocol: 'UDP' }] }],
  })
  assert.equal(passes(index.table(), ask), true)
  assert.equal(passes(index.table(), '10.0.0.1 10.96.0.10 53 TCP'), false)
})

test('what a change does not concern stays the same object', () => {
  const index = restrict(world(), 'a', {
    podSelector: {},
    ingress: [{ from: [{ podSelector: {} }] }],
  })
  const other = { podSelector: { matchLabels: { app: 'web' } } }
  restrict(index, 'b', { podSelector: {}, ingress: [{ from: [other] }] })
  const before = index.table()
  assert.equal(index.table(), before)
  assert.equal(put(index, podOf('web', { labels: { app: 'web' }, ip: '10.0.0.1' })), false)
  assert.equal(index.table(), before, 'a pod that is written without a difference to policies')
  put(index, podOf('new', { labels: { app: 'new' }, ip: '10.0.1.9', node: 'there' }))
  const after = index.table()
  assert.equal(after.pods, before.pods)
  assert.equal(after.policies, before.policies)
  assert.equal(after.sets.get('shop/app=web'), before.sets.get('shop/app=web'))
  assert.equal(passes(after, '10.0.1.9 10.0.0.2'), true)
  index.setPolicy('shop/b', undefined)
  assert.deepEqual([...index.table().policies.keys()], ['shop/a'])
  assert.equal(index.table().policies.get('shop/a'), before.policies.get('shop/a'))
  assert.equal(index.table().sets.has('shop/app=web'), false, 'no rule names it any more')
})

test('rules and sets are kept only of policies that restrict a pod of this node', () => {
  const index = restrict(
    world(),
    'p',
    { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] },
    'other',
  )
  assert.deepEqual([index.table().policies.size, index.table().sets.size], [0, 0])
  put(index, podOf('here', { namespace: 'other', ip: '10.0.0.9' }))
  assert.deepEqual([index.table().policies.size, index.table().sets.size], [1, 1])
  index.setPod('other/here', undefined)
  assert.deepEqual([index.table().policies.size, index.table().sets.size], [0, 0])
})

test('an address belongs to the youngest pod that has it', () => {
  const index = restrict(world(), 'p', { podSelector: { matchLabels: { app: 'db' } } })
  put(index, podOf('heir', { ip: '10.0.0.2', madeAt: '2026-01-02T00:00:00Z' }))
  assert.equal(passes(index.table(), '10.0.0.1 10.0.0.2'), true)
})

describe('whatever comes in whatever order', () => {
  const names = ['a', 'b', 'c']
  const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), {
    maxKeys: 2,
  })
  const selector = fc.oneof(
    fc.record({ matchLabels: labels }),
    fc.record({
      matchExpressions: fc.array(
        fc.oneof(
          fc.record({
            key: fc.constant('app'),
            operator: fc.constant('In'),
            values: fc.constant(['x', 'y']),
          }),
          fc.record({
            key: fc.constant('tier'),
            operator: fc.constant('NotIn'),
            values: fc.constant(['x']),
          }),
          fc.record({ key: fc.constant('tier'), operator: fc.constant('Exists') }),
        ),
        { maxLength: 2 },
      ),
    }),
  )
  const peer = fc.oneof(
    fc.record({ podSelector: selector }),
    fc.record({ namespaceSelector: selector }),
    fc.record({ namespaceSelector: selector, podSelector: selector }),
    fc.record({
      ipBlock: fc.record({
        cidr: fc.constantFrom('10.0.0.0/30', '0.0.0.0/0', 'fd00::/64'),
        except: fc.constant([]),
      }),
    }),
  )
  const port = fc.oneof(
    fc.record({ port: fc.constantFrom(80, 'http'), protocol: fc.constantFrom('TCP', 'UDP') }),
    fc.constant({ port: 70, endPort: 90, protocol: 'TCP' }),
  )
  const rules = (key: 'from' | 'to') =>
    fc.array(
      fc.record({
        [key]: fc.array(peer, { maxLength: 2 }),
        ports: fc.array(port, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    )
  const spec = fc.record({
    podSelector: selector,
    ingress: rules('from'),
    egress: rules('to'),
    policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
  })
  const namespace = fc.constantFrom('n', 'm')
  const pod = fc.record({
    labels,
    node: fc.constantFrom('here', 'there'),
    phase: fc.constantFrom('Running', 'Running', 'Failed'),
    port: fc.constantFrom(undefined, 80, 81),
  })
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('policy' as const),
      namespace,
      name: fc.constantFrom(...names),
      spec: fc.option(spec),
    }),
    fc.record({
      kind: fc.constant('pod' as const),
      namespace,
      name: fc.constantFrom(...names),
      pod: fc.option(pod),
    }),
    fc.record({
      kind: fc.constant('namespace' as const),
      name: namespace,
      labels: fc.option(labels),
    }),
  )
  const addressOf = (ns: string, name: string) =>
    `10.0.0.${names.indexOf(name) + (ns === 'n' ? 1 : 5)}`
  const madePod = (ns: string, name: string, shape: Drawn<typeof pod>) =>
    podOf(name, {
      namespace: ns,
      labels: shape.labels,
      ip: addressOf(ns, name),
      node: shape.node,
      phase: shape.phase,
      ports: shape.port === undefined ? [] : [{ name: 'http', containerPort: shape.port }],
    })
  const play = (index: PolicyIndex, step: Drawn<typeof anyStep>) => {
    switch (step.kind) {
      case 'policy': {
        const key = `${step.namespace}/${step.name}`
        return index.setPolicy(
          key,
          step.spec ? policyOf(step.name, step.spec, step.namespace) : undefined,
        )
      }
      case 'pod': {
        const key = `${step.namespace}/${step.name}`
        return index.setPod(
          key,
          step.pod ? madePod(step.namespace, step.name, step.pod) : undefined,
        )
      }
      case 'namespace':
        return index.setNamespace(step.name, step.labels ?? undefined)
    }
  }
  const anyStep = step
  const contentOf = ({ pods, policies, sets }: PolicyTable) => ({
    pods: new Map(pods),
    policies: new Map(policies),
    sets: new Map([...sets].map(([id, { members }]) => [id, new Set([...members].sort())])),
  })

  test('the table is that of what there is in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = createPolicyIndex({ name: 'here', nameServers })
        const last = new Map<string, (typeof steps)[0]>()
        for (const [at, each] of steps.entries()) {
          play(index, each)
          if (at % 3 === 0) index.table()
          const key = `${each.kind} ${'namespace' in each ? each.namespace : ''} ${each.name}`
          last.delete(key)
          last.set(key, each)
        }
        const fresh = createPolicyIndex({ name: 'here', nameServers })
        for (const each of [...last.values()].reverse()) play(fresh, each)
        assert.deepEqual(contentOf(index.table()), contentOf(fresh.table()))
      }),
    )
  })
})

test('a policy that names more peers than there may be lets nothing pass beyond, whatever its size', () => {
  const names = Array.from({ length: 20_000 }, (_, at) => `app-${at}`)
  const from = names.map((name) => ({ podSelector: { matchLabels: { app: name } } }))
  const ports = [{ port: 80 }, ...names.map((port) => ({ port }))]
  const index = world()
  for (const at of [0, mostSelectedPeers - 1, mostSelectedPeers]) {
    put(index, podOf(`p${at}`, { labels: { app: `app-${at}` }, ip: `10.1.${at >> 8}.${at & 255}` }))
  }
  const table = restrict(index, 'great', { podSelector: {}, ingress: [{ from, ports }] }).table()
  assert.equal(table.sets.size, mostSelectedPeers)
  const has = (at: number) => passes(table, `10.1.${at >> 8}.${at & 255} 10.0.0.2`)
  assert.deepEqual([0, mostSelectedPeers - 1, mostSelectedPeers].map(has), [true, true, false])
  const warnings = networkPolicies.strategy.warnings?.(
    policyOf('great', { podSelector: {}, ingress: [{ from, ports }] }),
  )
  assert.match(warnings?.join() ?? '', /^spec: more than 1000 different peers/)
})
