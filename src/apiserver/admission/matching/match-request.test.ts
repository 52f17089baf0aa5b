import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, legacyDeployments, namespaces, nodes, pods } from '#api'
import type { KubeObject, Resource, ResourceRef } from '#machinery'
import type { AdmissionAttributes } from '../admission.ts'
import { objectsOf, stored } from '../objects-fixture.ts'
import { createEquivalents } from './equivalents.ts'
import { isExempt, type MatchCriteria, matchRequest } from './match-request.ts'
import type { MatchRule } from './match-rules.ts'
import { reviewRequestOf } from './review-request.ts'

// Cast: these stand for any kind.
const all = [pods, nodes, namespaces, deployments, legacyDeployments] as readonly Resource[]
const equivalents = createEquivalents({
  all,
  storedAs: ({ view, ...resource }) =>
    view
      ? all.find(({ group, plural }) => group === view.of.group && plural === view.of.plural)
      : { ...resource },
})
const objects = objectsOf([
  [namespaces as ResourceRef, { metadata: { name: 'blue', labels: { colour: 'blue' } } }],
  [namespaces as ResourceRef, { metadata: { name: 'plain' } }],
])

const everything: MatchRule = {
  operations: ['*'],
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*/*'],
  scope: '*',
}

interface Asked extends Omit<Partial<AdmissionAttributes>, 'resource'> {
  readonly resource?: ResourceRef
}

function attributesOf({ resource = pods as ResourceRef, ...more }: Asked): AdmissionAttributes {
  const object = { metadata: { name: 'a', labels: { app: 'web' } } }
  return {
    verb: 'create',
    user: { name: 'ann', groups: ['devs'] },
    subresource: '',
    namespace: resource.scope === 'Namespaced' ? 'plain' : '',
    name: '',
    dryRun: false,
    object,
    ...more,
    // Cast: only its names are read.
    resource: resource as Resource,
  }
}

function matched(criteria: Partial<MatchCriteria>, asked: Asked = {}): string | undefined {
  const whole = { matchPolicy: 'Equivalent', rules: [everything], ...criteria }
  const found = matchRequest(whole, attributesOf(asked), { objects, equivalents })
  return found && `${found.group}/${found.version} ${found.plural}`
}
const rule = (change: MatchRule): Partial<MatchCriteria> => ({
  rules: [{ ...everything, resources: ['*'], ...change }],
})
const [asPod, asNode, asNamespace] = ['/v1 pods', '/v1 nodes', '/v1 namespaces']
const exec: Asked = { verb: 'connect', subresource: 'exec' }
const ofNode: Asked = { resource: nodes as ResourceRef }
const ofNamespace: Asked = { resource: namespaces as ResourceRef }

const cases: readonly [
  name: string,
  criteria: Partial<MatchCriteria>,
  asked: Asked,
  want: string | undefined,
][] = [
  ['everything is a pod', {}, {}, asPod],
  ['no rule is nothing', { rules: [] }, {}, undefined],
  ['a rule of another operation', rule({ operations: ['UPDATE', 'DELETE'] }), {}, undefined],
  ['a rule of this operation', rule({ operations: ['UPDATE', 'CREATE'] }), {}, asPod],
  ['a rule of another group', rule({ apiGroups: ['apps'] }), {}, undefined],
  ['a rule of another version', rule({ apiVersions: ['v2'] }), {}, undefined],
  ['all resources, not their parts', rule({ resources: ['*'] }), exec, undefined],
  ['all parts of pods', rule({ resources: ['pods/*'] }), exec, asPod],
  ['all parts of pods are the pods too', rule({ resources: ['pods/*'] }), {}, asPod],
  ['one part of anything', rule({ resources: ['*/exec'] }), exec, asPod],
  ['another part', rule({ resources: ['pods/attach', 'pods'] }), exec, undefined],
  ['objects of namespaces', rule({ scope: 'Namespaced' }), ofNode, undefined],
  ['objects of the cluster', rule({ scope: 'Cluster' }), ofNode, asNode],
  ['a pod is none of the cluster', rule({ scope: 'Cluster' }), {}, undefined],
  ['a namespace is one of the cluster', rule({ scope: 'Cluster' }), ofNamespace, asNamespace],
  ['a namespace is in none', rule({ scope: 'Namespaced' }), ofNamespace, undefined],
  ['another name', rule({ resourceNames: ['b'] }), {}, undefined],
  ['this name', rule({ resourceNames: ['b', 'a'] }), {}, asPod],
  ['other labels', { objectSelector: { matchLabels: { app: 'db' } } }, {}, undefined],
  [
    'labels that it had',
    { objectSelector: { matchLabels: { app: 'db' } } },
    {
      verb: 'update',
      old: stored(pods as ResourceRef, { metadata: { name: 'a', labels: { app: 'db' } } }),
    },
    asPod,
  ],
  [
    'labels of another namespace',
    { namespaceSelector: { matchLabels: { colour: 'blue' } } },
    {},
    undefined,
  ],
  [
    'labels of its namespace',
    { namespaceSelector: { matchLabels: { colour: 'blue' } } },
    { namespace: 'blue' },
    asPod,
  ],
  [
    'a node has no namespace',
    { namespaceSelector: { matchLabels: { colour: 'blue' } } },
    ofNode,
    asNode,
  ],
  [
    'a namespace by its labels to be',
    { namespaceSelector: { matchLabels: { app: 'web' } } },
    ofNamespace,
    asNamespace,
  ],
  [
    'a namespace that goes, by the labels it has',
    { namespaceSelector: { matchLabels: { colour: 'blue' } } },
    { ...ofNamespace, verb: 'delete', name: 'blue' },
    asNamespace,
  ],
  [
    'rules that do not match ask for no namespace',
    { ...rule({ apiGroups: ['apps'] }), namespaceSelector: { matchLabels: { a: 'b' } } },
    { namespace: 'gone' },
    undefined,
  ],
  ['what is excluded', { excludeRules: [{ ...everything, resources: ['pods'] }] }, {}, undefined],
  ['no rules at all, as policies have it', { rules: undefined }, {}, asPod],
]
for (const [name, criteria, asked, want] of cases) {
  test(`matching: ${name}`, () => assert.equal(matched(criteria, asked), want))
}

test('a namespace that is not there is told of only where it matters', () => {
  assert.throws(
    () => matched({ namespaceSelector: { matchLabels: { a: 'b' } } }, { namespace: 'gone' }),
    { code: 404, message: 'namespaces "gone" not found' },
  )
})

test('an equivalent resource is found where the match policy wants it', () => {
  // Cast: a view is a kind like others.
  const view = { resource: deployments, requested: legacyDeployments } as unknown as Asked
  const apps = rule({ apiGroups: ['apps'] })
  assert.equal(matched(apps, view), 'apps/v1 deployments')
  assert.equal(matched({ ...apps, matchPolicy: 'Exact' }, view), undefined)
  assert.equal(matched(rule({ apiGroups: ['extensions'] }), view), 'extensions/v1beta1 deployments')
  const scale = { ...view, subresource: 'scale', verb: 'update' } as const
  assert.equal(
    matched(rule({ apiGroups: ['apps'], resources: ['*/scale'] }), scale),
    'apps/v1 deployments',
  )
  const request = reviewRequestOf(attributesOf(scale), deployments as Resource)
  assert.deepEqual(request.kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' })
  assert.deepEqual(request.requestResource, {
    group: 'extensions',
    version: 'v1beta1',
    resource: 'deployments',
  })
})

test('a review says what is asked, of a namespace its own name too', () => {
  const request = reviewRequestOf(attributesOf(ofNamespace), namespaces as Resource)
  assert.deepEqual(request, {
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    requestKind: { group: '', version: 'v1', kind: 'Namespace' },
    requestResource: { group: '', version: 'v1', resource: 'namespaces' },
    name: 'a',
    namespace: 'a',
    operation: 'CREATE',
    userInfo: { username: 'ann', groups: ['devs'] },
    dryRun: false,
    options: null,
  })
  const object: KubeObject = { kind: 'PodExecOptions', apiVersion: 'v1' }
  const connected = reviewRequestOf(attributesOf({ ...exec, object, name: 'a' }), pods as Resource)
  assert.deepEqual(
    [connected.kind.kind, connected.subResource, connected.operation, connected.name],
    ['PodExecOptions', 'exec', 'CONNECT', 'a'],
  )
})

test('what configures admission is exempt from it', () => {
  const group = 'admissionregistration.k8s.io'
  const of = (kind: string) =>
    isExempt(attributesOf({ resource: { ...pods, group, kind } as ResourceRef }))
  assert.ok(of('ValidatingAdmissionPolicyBinding'))
  assert.ok(of('MutatingWebhookConfiguration'))
  assert.ok(!of('Pod'))
})
