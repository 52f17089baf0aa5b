import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server-fixture.ts'

const core = '/api/v1/namespaces/default/events'
const newer = '/apis/events.k8s.io/v1/namespaces/default/events'

async function serverWithEvents() {
  const server = await startTestServer()
  for (const name of ['a', 'b']) {
    await server.send('POST', core, {
      metadata: { name },
      involvedObject: { kind: 'Pod', namespace: 'default', name: `pod-${name}` },
      reportingComponent: `component-${name}`,
      source: { component: 'kubelet' },
    })
  }
  return server
}

const selections: readonly (readonly [selector: string, names: readonly string[]])[] = [
  ['regarding.name=pod-a', ['a']],
  ['regarding.kind=Pod,reportingController=component-b', ['b']],
  ['regarding.name!=pod-a,metadata.namespace=default', ['b']],
  ['metadata.name=a', ['a']],
]
for (const [selector, names] of selections) {
  test(`events of the newer group are selected by ${selector}`, async () => {
    await using server = await serverWithEvents()
    const query = `fieldSelector=${encodeURIComponent(selector)}`
    const { body } = await server.send('GET', `${newer}?${query}`)
    const found = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    assert.deepEqual(found, names)
    const watch = await server.watch(`${newer}?watch=true&resourceVersion=0&${query}`)
    await server.clock.advance(0)
    assert.deepEqual(
      watch.frames.map(({ object: { object } }) => object.metadata?.name),
      names,
    )
    watch.stop()
  })
}

for (const field of ['involvedObject.name', 'reportingComponent', 'source', 'note']) {
  test(`events of the newer group cannot be selected by ${field}`, async () => {
    await using server = await serverWithEvents()
    const { status, body } = await server.send('GET', `${newer}?fieldSelector=${field}%3Dx`)
    assert.deepEqual([status, body.message], [400, `field label not supported: ${field}`])
  })
}
