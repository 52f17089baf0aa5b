import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../fixture/real-cluster.ts'
import { type ServedSimulation, startServedSimulation } from '../fixture/sim-cluster.ts'
import { type Operator, startOperator } from './operator-fixture.ts'

/** An operator of controller-runtime takes minutes to compile: `make field` does. */
const skip = process.env.KNARR_FIELD !== '1' && 'part of make field'

let cluster: ServedSimulation
let operator: Operator

before(async () => {
  if (skip) return
  cluster = await startServedSimulation('--nodes', '1')
  await cluster.knarr('clock', 'speed', '10x')
  await cluster.knarr('clock', 'resume')
  operator = await startOperator(`${cluster.dataDir}/kubeconfig`)
})

after(async () => {
  await operator?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

const site = (name: string, spec: string, version = 'v1', metadata = '') => `
apiVersion: field.knarr.dev/${version}
kind: Site
metadata: {name: ${name}${metadata}}
spec: {${spec}}
`
const read = async (what: string, path: string) =>
  (await cluster.tryKubectl(['get', what, '-o', `jsonpath={${path}}`])).stdout
const becomes = (what: string, path: string, wanted: string) =>
  eventually(async () => (await read(what, path)) === wanted)
const refusal = async (manifest: string) => {
  const { code, stderr } = await cluster.tryKubectl(['apply', '-f', '-'], manifest)
  assert.notEqual(code, 0)
  return stderr
}

test('an operator gives defaults, makes what a site owns, and says when it is ready', {
  skip,
}, async () => {
  await cluster.apply(site('shop', 'domain: shop.example.com'))
  assert.equal(
    await read('site/shop', '.spec'),
    '{"domain":"shop.example.com","image":"nginx:1.29","replicas":1}',
  )
  await becomes('site/shop', '.status.conditions[?(@.type=="Ready")].status', 'True')
  assert.equal(await read('site/shop', '.metadata.finalizers'), '["field.knarr.dev/farewell"]')
  assert.equal(await read('deployment/shop', '.metadata.ownerReferences[0].kind'), 'Site')
  await cluster.kubectl('patch', 'site', 'shop', '--type=merge', '-p', '{"spec":{"replicas":3}}')
  await becomes('site/shop', '.status.ready', '3')
  assert.equal(
    await read('site/shop', '.status.observedGeneration'),
    await read('site/shop', '.metadata.generation'),
  )
})

test('its webhooks refuse and warn in their own words', { skip }, async () => {
  assert.match(
    await refusal(site('bad', 'domain: nowhere')),
    /admission webhook "validate\.field\.knarr\.dev" denied the request: spec\.domain: "nowhere" is no domain/,
  )
  assert.match(
    await refusal(site('shop', 'domain: other.example.com')),
    /denied the request: spec\.domain stays "shop\.example\.com"/,
  )
  const many = await cluster.tryKubectl(
    ['apply', '-f', '-'],
    site('many', 'domain: a.b, replicas: 6'),
  )
  assert.match(many.stderr, /^Warning: more than five replicas cost more than they bring$/m)
  assert.equal(many.code, 0)
  await cluster.apply(site('kept', 'domain: k.b', 'v1', ', annotations: {protected: "true"}'))
  const kept = await cluster.tryKubectl(['delete', 'site', 'kept'])
  assert.match(kept.stderr, /"validate\.field\.knarr\.dev" denied the request: kept is protected/)
})

test('both versions show what either wrote, by the conversion webhook', { skip }, async () => {
  await cluster.apply(site('old', 'host: old.example.com, count: 2', 'v1beta1'))
  assert.equal(
    await read('sites.v1.field.knarr.dev/old', '.spec'),
    '{"domain":"old.example.com","image":"nginx:1.29","replicas":2}',
  )
  assert.equal(
    await read('sites.v1beta1.field.knarr.dev/old', '.spec'),
    '{"count":2,"host":"old.example.com","image":"nginx:1.29"}',
  )
  await cluster.kubectl(
    ...['patch', 'sites.v1beta1.field.knarr.dev', 'old', '--type=json'],
    ...['-p', '[{"op":"replace","path":"/spec/count","value":1}]'],
  )
  assert.equal(await read('sites.v1.field.knarr.dev/old', '.spec.replicas'), '1')
  const names = await cluster.kubectl(
    'get',
    'sites.v1beta1.field.knarr.dev',
    '-o',
    'jsonpath={.items[*].spec.host}',
  )
  assert.match(names, /old\.example\.com/)
  const wrong = await cluster.tryKubectl(
    ['apply', '-f', '-'],
    site('worse', 'host: nowhere', 'v1beta1'),
  )
  assert.match(wrong.stderr, /denied the request: spec\.domain: "nowhere" is no domain/)
})

test('a site goes once its finalizer has left a note, and what it owned goes after it', {
  skip,
}, async () => {
  await cluster.kubectl('delete', 'site', 'shop', '--timeout=30s')
  assert.equal(await read('configmap/farewell-shop', '.data.domain'), 'shop.example.com')
  await becomes('deployment/shop', '.metadata.name', '')
  assert.equal((await read('lease/sites.field.knarr.dev', '.spec.holderIdentity')) !== '', true)
  assert.doesNotMatch(
    operator.said(),
    /panic|Unhandled|failed to list|Reconciler error.*(convert|webhook)/,
  )
})
