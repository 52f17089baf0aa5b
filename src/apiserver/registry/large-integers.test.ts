import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../server-fixture.ts'

const pods = '/api/v1/namespaces/default/pods'
const revisions = '/apis/apps/v1/namespaces/default/controllerrevisions'
const largest = '9223372036854775807'

const bodies: readonly (readonly [where: string, path: string, text: string, field: string])[] = [
  [
    'a field of 64 bits',
    pods,
    `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":${largest}}}`,
    'spec.terminationGracePeriodSeconds',
  ],
]
for (const [where, path, text, field] of bodies) {
  test(`an integer in ${where} that would lose digits is refused`, async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('POST', path, text)
    assert.equal(status, 400)
    const why = `${field}: integers are kept exactly only from -9007199254740991 to 9007199254740991`
    assert.ok(body.message.includes(why), body.message)
  })
}

test('so is one in YAML and in a patch', async () => {
  await using server = await startTestServer()
  const yaml = [
    'metadata: {name: a}',
    'spec:',
    `  terminationGracePeriodSeconds: ${largest}`,
    '  containers: [{name: c, image: i}]',
  ].join('\n')
  const type = { 'content-type': 'application/yaml' }
  assert.equal((await server.send('POST', pods, yaml, type)).status, 400)
  const containers = [{ name: 'c', image: 'i' }]
  await server.send('POST', pods, { metadata: { name: 'a' }, spec: { containers } })
  const patch = `{"spec":{"activeDeadlineSeconds":${largest}}}`
  const merge = { 'content-type': 'application/merge-patch+json' }
  assert.equal((await server.send('PATCH', `${pods}/a`, patch, merge)).status, 422)
})

test('the largest that such a field can keep is', async () => {
  await using server = await startTestServer()
  const data = { n: Number.MAX_SAFE_INTEGER, much: 1e300 }
  const { status, body } = await server.send('POST', revisions, {
    metadata: { name: 'a' },
    revision: Number.MAX_SAFE_INTEGER,
    data,
  })
  assert.equal(status, 201)
  assert.deepEqual([body.revision, body.data], [Number.MAX_SAFE_INTEGER, data])
})

test('data of any shape and bare quantities keep all digits', async () => {
  await using server = await startTestServer()
  const data = `{"metadata":{"name":"a"},"revision":1,"data":{"n":[1,-${largest}]}}`
  const revision = await server.send('POST', revisions, data)
  const { body } = revision.response
  assert.ok(body.kind === 'object')
  assert.ok(Buffer.from(body.value.bytes).toString().includes(`[1,-${largest}]`))
  const protobuf = { accept: 'application/vnd.kubernetes.protobuf' }
  const encoded = await server.send('GET', `${revisions}/a`, undefined, protobuf)
  assert.ok(encoded.body.includes(`[1,-${largest}]`))
  const limits = `{"limits":{"memory":${largest}}}`
  const pod = await server.send(
    'POST',
    pods,
    `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i","resources":${limits}}]}}`,
  )
  assert.equal(pod.body.spec.containers[0].resources.limits.memory, largest)
})
