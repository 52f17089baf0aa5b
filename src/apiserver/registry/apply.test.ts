import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const path = '/apis/apps/v1/namespaces/default/deployments/web'

/** A Deployment as people write it: amounts as numbers, times in other forms. */
const written = (cpu: unknown, more = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
          resources: {requests: {cpu: ${cpu}, memory: 1024Mi}}
${more}`

const apply = (server: TestServer, yaml: string) =>
  server.send('PATCH', `${path}?fieldManager=me`, yaml, {
    'content-type': 'application/apply-patch+yaml',
  })

const requestsOf = (body: {
  spec: { template: { spec: { containers: { resources: object }[] } } }
}) => body.spec.template.spec.containers[0]?.resources

describe('what is applied', () => {
  test('is stored in the form that every other write gives it', async () => {
    await using server = await startTestServer()
    const created = await apply(server, written(1))
    assert.equal(created.status, 201)
    assert.deepEqual(requestsOf(created.body), { requests: { cpu: '1', memory: '1Gi' } })
    const changed = await apply(server, written(1.5))
    assert.deepEqual(requestsOf(changed.body), { requests: { cpu: '1500m', memory: '1Gi' } })
    const { body } = await server.send('GET', path)
    assert.deepEqual(requestsOf(body), { requests: { cpu: '1500m', memory: '1Gi' } })
  })

  test('changes nothing when only its form is another', async () => {
    await using server = await startTestServer()
    const created = await apply(server, written("'1'"))
    const again = await apply(server, written("'1'"))
    assert.equal(again.body.metadata.resourceVersion, created.body.metadata.resourceVersion)
  })

  test('is refused where it does not fit the type', async () => {
    await using server = await startTestServer()
    const { status, body } = await apply(server, written(1, '  replicas: many\n'))
    // Upstream does not tell this error from its own.
    assert.equal(status, 500)
    assert.match(
      body.message,
      /^failed to create typed patch object .*\.spec\.replicas: expected numeric/,
    )
  })
})
