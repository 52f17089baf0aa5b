import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cronJobs, deployments, namespaces, pods, replicationControllers } from '#api'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectsOf, stored } from '../../objects-fixture.ts'
import { type PodSecurityConfiguration, podSecurityDefaults } from './configuration.ts'
import { podSecurity } from './pod-security.ts'

const prefix = 'pod-security.kubernetes.io/'
const labelsOf = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value]))

interface Question extends Omit<Partial<AdmissionAttributes>, 'object' | 'old' | 'resource'> {
  readonly resource?: ResourceRef
  readonly object?: object
  readonly old?: object
  /** Labels of the namespace `ns`, without their prefix. */
  readonly labels?: Readonly<Record<string, string>>
  readonly exemptions?: Partial<PodSecurityConfiguration['exemptions']>
  readonly pods?: readonly object[]
  /** How far the clock goes whenever it is read. */
  readonly tickMs?: number
}

async function ask({
  labels = {},
  exemptions,
  resource = pods,
  object = {},
  old,
  pods: existing = [],
  tickMs = 0,
  ...rest
}: Question) {
  const [warnings, annotations]: [string[], Record<string, string>] = [[], {}]
  let now = 0
  const plugin = podSecurity(
    {
      monotonicMs() {
        now += tickMs
        return now
      },
    },
    { ...podSecurityDefaults, exemptions: { ...podSecurityDefaults.exemptions, ...exemptions } },
  )
  const attributes = {
    ...{ verb: old ? 'update' : 'create', subresource: '', namespace: 'ns', name: 'x' },
    ...{ user: { name: 'ann', groups: [] }, dryRun: false, resource },
    object: { metadata: { name: 'x' }, ...object },
    ...(old && { old: stored(resource, { metadata: { name: 'x' }, ...old } as Stored) }),
    ...rest,
    // Cast: a reference has all of a resource that the plugin reads.
  } as unknown as AdmissionAttributes
  const known: readonly (readonly [ResourceRef, KubeObject])[] = [
    [namespaces, { metadata: { name: 'ns', labels: labelsOf(labels) } }],
    ...existing.map((pod) => [pods, pod as KubeObject] as const),
  ]
  const context = {
    objects: objectsOf(known),
    nowMs: 0,
    warn: (text: string) => void warnings.push(text),
    annotate(key: string, value: string) {
      annotations[key.replace(prefix, '')] = value
    },
    signal: new AbortController().signal,
  }
  if (!plugin.handles(attributes)) return 'not looked at'
  let refusal: unknown
  try {
    await plugin.validate?.(attributes, context)
  } catch (error) {
    refusal = error
  }
  return {
    ...(refusal instanceof Error && { refusal: refusal.message }),
    ...(warnings.length > 0 && { warnings }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
}

const spec = (more: object = {}) => ({ containers: [{ name: 'c', image: 'i' }], ...more })
const hostPid = { spec: spec({ hostPID: true }) }
const detail = 'host namespaces (hostPID=true)'

describe('a pod', () => {
  test('is refused, noted and warned of by the labels of its namespace', async () => {
    assert.deepEqual(await ask({ object: hostPid, labels: { enforce: 'baseline' } }), {
      refusal: `pods "x" is forbidden: violates PodSecurity "baseline:latest": ${detail}`,
      annotations: { 'enforce-policy': 'baseline:latest' },
    })
    const labels = { enforce: 'privileged', audit: 'baseline', warn: 'baseline' }
    const would = `would violate PodSecurity "baseline:latest": ${detail}`
    assert.deepEqual(await ask({ object: hostPid, labels }), {
      warnings: [would],
      annotations: { 'enforce-policy': 'privileged:latest', 'audit-violations': would },
    })
    assert.deepEqual(await ask({ object: hostPid }), {
      annotations: { 'enforce-policy': 'privileged:latest' },
    })
  })

  test('may be of those who are exempt', async () => {
    const labels = { enforce: 'restricted' }
    const object = { spec: spec({ hostPID: true, runtimeClassName: 'vm' }) }
    for (const [exemptions, reason] of [
      [{ namespaces: ['ns'] }, 'namespace'],
      [{ usernames: ['ann'] }, 'user'],
      [{ runtimeClasses: ['vm'] }, 'runtimeClass'],
    ] as const) {
      assert.deepEqual(await ask({ object, labels, exemptions }), {
        annotations: { exempt: reason },
      })
    }
  })

  test('is looked at again when it gets another image or one more container', async () => {
    const labels = { enforce: 'baseline' }
    const asked = async (object: object) => {
      const answer = await ask({ object, old: hostPid, labels })
      return typeof answer === 'object' && 'refusal' in answer
    }
    assert.equal(await asked({ ...hostPid, metadata: { name: 'x', labels: { a: 'b' } } }), false)
    assert.equal(await asked({ spec: { ...hostPid.spec, containers: [{ name: 'c' }] } }), true)
    const ephemeralContainers = [{ name: 'e', image: 'i' }]
    assert.equal(await asked({ spec: { ...hostPid.spec, ephemeralContainers } }), true)
  })

  test('may be bound, connected to and told of as before', async () => {
    const labels = { enforce: 'baseline' }
    for (const subresource of ['binding', 'exec', 'status']) {
      assert.equal(await ask({ object: hostPid, labels, subresource }), 'not looked at')
    }
    assert.equal(await ask({ object: hostPid, labels, verb: 'delete' }), 'not looked at')
  })

  test('whose namespace says something unreadable has to be restricted', async () => {
    const answer = await ask({ object: { spec: spec() }, labels: { enforce: 'none' } })
    assert.ok(typeof answer === 'object')
    assert.match(answer.refusal ?? '', /violates PodSecurity "restricted:latest": allowPrivilege/)
    assert.match(answer.annotations?.error ?? '', /^Failed to parse policy: metadata\.labels\[/)
  })

  test('of a namespace that is not known is not let in', async () => {
    assert.deepEqual(await ask({ object: hostPid, namespace: 'other' }), {
      refusal: 'Internal error occurred: failed to lookup namespace "other"',
    })
  })
})

describe('a workload', () => {
  const template = hostPid
  const would = `would violate PodSecurity "baseline:latest": ${detail}`

  test('is let in, and warned of its template', async () => {
    for (const [resource, object] of [
      [deployments, { spec: { template } }],
      [cronJobs, { spec: { jobTemplate: { spec: { template } } } }],
      [replicationControllers, { spec: { template } }],
    ] as const) {
      assert.deepEqual(await ask({ resource, object, labels: { enforce: 'baseline' } }), {
        warnings: [would],
      })
    }
    const subresource = 'status'
    assert.equal(await ask({ resource: deployments, subresource }), 'not looked at')
  })

  test('without a template, or where neither warnings nor notes are asked for, hears nothing', async () => {
    const labels = { enforce: 'baseline' }
    assert.deepEqual(await ask({ resource: replicationControllers, object: {}, labels }), {})
    const silent = { ...labels, warn: 'privileged' }
    assert.deepEqual(
      await ask({ resource: deployments, object: { spec: { template } }, labels: silent }),
      {},
    )
  })
})

describe('a namespace', () => {
  const of = (labels: Readonly<Record<string, string>>) => ({
    metadata: { name: 'ns', labels: labelsOf(labels) },
  })
  const change = (
    from: Readonly<Record<string, string>>,
    to: Readonly<Record<string, string>>,
    more: Question = {},
  ) =>
    ask({
      ...{ resource: namespaces, namespace: '', name: 'ns' },
      ...{ old: of(from), object: of(to), ...more },
    })
  const pod = (name: string, more: object = {}, owner?: string) => ({
    metadata: {
      ...{ name, namespace: 'ns' },
      ...(owner && { ownerReferences: [{ uid: owner, controller: true }] }),
    },
    spec: spec(more),
  })

  test('has labels that can be read', async () => {
    const fault =
      'Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "x": must be one of privileged, baseline, restricted'
    const created = { resource: namespaces, namespace: '', name: 'ns', object: of({ warn: 'x' }) }
    assert.deepEqual(await ask(created), { refusal: fault })
    assert.deepEqual(await change({}, { warn: 'x' }), { refusal: fault })
    assert.deepEqual(await change({ warn: 'x' }, { warn: 'x' }), {}, 'it has been so')
  })

  test('that asks for more hears which of its pods would not be let in', async () => {
    const existing = [
      pod('web-2', { hostPID: true }, 'rs'),
      pod('web-1', { hostPID: true }, 'rs'),
      pod('other', { hostPID: true }),
      pod('lone', { hostIPC: true, hostNetwork: true }),
      pod('paths', { volumes: [{ name: 'v', hostPath: { path: '/' } }], hostPID: true }),
      pod('fine'),
    ]
    assert.deepEqual(await change({}, { enforce: 'baseline' }, { pods: existing }), {
      warnings: [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
        'lone (and 3 other pods): host namespaces',
        'paths: host namespaces, hostPath volumes',
      ],
    })
    for (const [from, to] of [
      [{ enforce: 'restricted' }, { enforce: 'baseline' }],
      [{ enforce: 'baseline' }, { enforce: 'privileged' }],
      [{ enforce: 'baseline' }, { enforce: 'baseline', audit: 'restricted' }],
    ] as const) {
      assert.deepEqual(await change(from, to, { pods: existing }), {})
    }
    const older = { enforce: 'baseline', 'enforce-version': 'v1.20' }
    const [first = {}] = existing
    assert.deepEqual(await change({ enforce: 'baseline' }, older, { pods: [first] }), {
      warnings: [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:v1.20"',
        'web-2: host namespaces',
      ],
    })
  })

  test('with more pods than can be looked at says how many have been', async () => {
    const many = Array.from({ length: 3001 }, (_, i) => pod(`p${i}`))
    assert.deepEqual(await change({}, { enforce: 'baseline' }, { pods: many }), {
      warnings: [
        'new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods',
      ],
    })
    const slow = { pods: many.slice(0, 10), tickMs: 400 }
    assert.deepEqual(await change({}, { enforce: 'baseline' }, slow), {
      warnings: [
        'new PodSecurity enforce level only checked against the first 3 of 10 existing pods',
      ],
    })
  })

  test('that is exempt hears that its labels say nothing', async () => {
    const exemptions = { namespaces: ['ns'] }
    const to = { enforce: 'baseline', audit: 'restricted', 'audit-version': 'v1.30' }
    assert.deepEqual(await change({}, to, { exemptions }), {
      warnings: [
        'namespace "ns" is exempt from Pod Security, and the policy (enforce=baseline:latest, audit=restricted:v1.30) will be ignored',
      ],
    })
  })
})
