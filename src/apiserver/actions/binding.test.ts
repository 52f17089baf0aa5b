import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pod } from '#api'
import { startTestServer, type TestServer } from '../server-fixture.ts'
import { bindingActions } from './binding.ts'

const collection = '/api/v1/namespaces/default/pods'
const target = { apiVersion: 'v1', kind: 'Node', name: 'n1' }

async function serverWith(
  name: string,
  spec: Pod['spec'] = { containers: [] },
  status?: Pod['status'],
) {
  const server = await startTestServer({ actions: bindingActions })
  const containers = [{ name: 'main', image: 'web' }]
  const made = await server.send('POST', collection, {
    metadata: { name },
    spec: { ...spec, containers },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  if (status) {
    const { status: code } = await server.send('PUT', `${collection}/${name}/status`, {
      ...(made.body as Pod),
      status: { ...(made.body as Pod).status, ...status },
    })
    assert.equal(code, 200)
  }
  return server
}

const bind = (server: TestServer, name: string, binding: object = {}) =>
  server.send('POST', `${collection}/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target,
    ...binding,
  })

async function read(server: TestServer, name: string): Promise<Pod> {
  return (await server.send('GET', `${collection}/${name}`)).body as Pod
}

describe('binding a pod', () => {
  test('gives it its node, says so, and forgets where it was to go', async () => {
    await using server = await serverWith('a', undefined, { nominatedNodeName: 'n2' })
    assert.equal((await read(server, 'a')).status?.nominatedNodeName, 'n2')
    const metadata = { name: 'a', annotations: { by: 'me' } }
    const { status, body } = await bind(server, 'a', { metadata })
    assert.equal(status, 201)
    assert.equal((body as { status: string }).status, 'Success')
    const pod = await read(server, 'a')
    assert.equal(pod.spec?.nodeName, 'n1')
    assert.equal(pod.metadata?.annotations?.by, 'me')
    assert.equal(pod.status?.nominatedNodeName, undefined)
    const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    assert.equal(condition?.status, 'True')
  })

  const refusals: readonly (readonly [string, object, number, RegExp])[] = [
    ['without a node', { target: {} }, 400, /Binding\.Target\.Name: Required value/],
    [
      'under another name',
      { metadata: { name: 'b' } },
      400,
      /name in URL does not match name in Binding object/,
    ],
  ]
  for (const [name, binding, code, message] of refusals) {
    test(`${name} is refused`, async () => {
      await using server = await serverWith('a')
      const { status, body } = await bind(server, 'a', binding)
      assert.equal(status, code)
      assert.match((body as { message: string }).message, message)
    })
  }

  test('is refused when it has a node or waits at a gate', async () => {
    await using server = await serverWith('a')
    await bind(server, 'a')
    const again = await bind(server, 'a')
    assert.equal(again.status, 409)
    assert.match(
      (again.body as { message: string }).message,
      /pod a is already assigned to node "n1"/,
    )
    await using other = await serverWith('g', {
      schedulingGates: [{ name: 'example.com/wait' }],
      containers: [],
    })
    const gated = await bind(other, 'g')
    assert.equal(gated.status, 409)
    assert.match(
      (gated.body as { message: string }).message,
      /pod g has non-empty \.spec\.schedulingGates/,
    )
  })
})

test('the Status of a binding says the code that it is sent with', async () => {
  await using server = await serverWith('coded')
  const { status, body } = await server.send('POST', `${collection}/coded/binding`, { target })
  assert.deepEqual([status, body.status, body.code], [201, 'Success', 201])
})
