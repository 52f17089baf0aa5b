import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimClusterOptions, WarmState } from '#cluster/simulation'
import { decodeSnapshot } from '#lab/snapshots'
import type { ApiRequest } from '#machinery'
import { simulate } from '#testing'

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 200
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.27"}]}
`

const never = new AbortController().signal

/** As the front end hands over what comes from a client outside. */
const overWire: ApiRequest = {
  method: 'POST',
  path: '/api/v1/namespaces/default/configmaps',
  query: new URLSearchParams(),
  headers: { 'content-type': 'application/json' },
  user: { name: 'admin', groups: ['system:masters'] },
  whenSent: () => undefined,
}

test('requests are answered in the middle of a busy instant, and replayed where they came', async () => {
  await using cluster = await simulate({ nodes: 10 })
  await cluster.apply(deployment)
  const advanced = cluster.advance('30s')
  for (let index = 0; index < 40; index++) {
    const metadata = { name: `map-${index}` }
    const body = { kind: 'value', value: { metadata } } as const
    const { status } = await cluster.client.transport.send({ ...overWire, body }, never)
    assert.equal(status, 201)
  }
  await advanced
  const file = await cluster.snapshot('Exact')
  const content = decodeSnapshot<SimClusterOptions, WarmState>(file)
  assert.ok(content.type === 'Exact')
  const between = content.journal.filter(({ piece }) => piece !== undefined)
  assert.ok(between.length > 0, 'some came while an instant had much to do')
  // It compares the whole event log with that of the original.
  await using again = await simulate({ from: file })
  assert.equal(again.log.hash(), cluster.log.hash())
})
