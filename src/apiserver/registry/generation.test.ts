import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer } from '../server-fixture.ts'

const pods = '/api/v1/namespaces/default/pods'
const strategic = { 'content-type': 'application/strategic-merge-patch+json' }

async function serverWithPod() {
  const server = await startTestServer()
  const resources = { requests: { cpu: '100m' } }
  const containers = [{ name: 'c', image: 'nginx', resources }]
  await server.send('POST', pods, { metadata: { name: 'p' }, spec: { containers } })
  const generation = async (part: string, body: object) => {
    const answer = await server.send('PATCH', `${pods}/p${part}`, body, strategic)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.metadata.generation
  }
  return { server, generation, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

describe('the generation of a pod', () => {
  test('rises with an ephemeral container', async () => {
    await using pod = await serverWithPod()
    const spec = { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }
    assert.equal(await pod.generation('/ephemeralcontainers', { spec }), 2)
  })

  test('rises with a resize, and not with one that changes nothing', async () => {
    await using pod = await serverWithPod()
    const resize = (cpu: string) => ({
      spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] },
    })
    assert.equal(await pod.generation('/resize', resize('200m')), 2)
    assert.equal(await pod.generation('/resize', resize('200m')), 2)
  })

  test('rises with each of many updates of the spec', async () => {
    await using pod = await serverWithPod()
    for (let seconds = 500; seconds > 0; seconds--) {
      const generation = await pod.generation('', { spec: { activeDeadlineSeconds: seconds } })
      assert.equal(generation, 502 - seconds)
    }
  })

  test('stays with a status and with labels', async () => {
    await using pod = await serverWithPod()
    assert.equal(await pod.generation('/status', { status: { message: 'm' } }), 1)
    assert.equal(await pod.generation('', { metadata: { labels: { a: 'b' } } }), 1)
  })
})
