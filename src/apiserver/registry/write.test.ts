import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiProtobuf } from '#api'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const merge = { 'content-type': 'application/merge-patch+json' }
const strategic = { 'content-type': 'application/strategic-merge-patch+json' }

function deployment(name: string, replicas = 1) {
  const labels = { app: name }
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'c', image: 'nginx' }] },
  }
  return { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } }
}

async function withMap(): Promise<TestServer> {
  const server = await startTestServer()
  await server.send('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } })
  return server
}

describe('writes', () => {
  test('create sets what only the server may, and keeps the rest', async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('POST', maps, {
      metadata: {
        name: 'a',
        uid: 'mine',
        creationTimestamp: '1999-01-01T00:00:00Z',
        deletionTimestamp: '1999-01-01T00:00:00Z',
        selfLink: '/x',
        labels: { a: 'b' },
      },
    })
    assert.equal(status, 201)
    assert.match(body.metadata.uid, /^[0-9a-f-]{36}$/)
    const { managedFields, ...metadata } = body.metadata
    assert.equal(managedFields.length, 1)
    assert.deepEqual(
      { ...body, metadata },
      {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          name: 'a',
          namespace: 'default',
          uid: body.metadata.uid,
          resourceVersion: '2',
          creationTimestamp: '2026-01-01T00:00:00Z',
          labels: { a: 'b' },
        },
      },
    )
  })

  test('the answer of a write is the very value that reads and watches share', async () => {
    await using server = await startTestServer()
    const watch = await server.watch(`${maps}?watch=1`)
    const created = await server.send('POST', maps, { metadata: { name: 'a' } })
    const read = await server.send('GET', `${maps}/a`)
    await server.clock.settle()
    assert(created.response.body.kind === 'object' && read.response.body.kind === 'object')
    assert.equal(created.response.body.value, read.response.body.value)
    assert.equal(watch.frames[0]?.object, read.response.body.value)
    assert(Object.isFrozen(read.response.body.value.object.metadata))
  })

  test('generateName draws a name, and another one when it is taken', async () => {
    await using server = await startTestServer()
    const { body } = await server.send('POST', maps, { metadata: { generateName: 'web-' } })
    assert.match(body.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    assert.equal(body.metadata.generateName, 'web-')
  })

  test('an update that changes nothing keeps the resourceVersion and is seen by nobody', async () => {
    await using server = await withMap()
    const watch = await server.watch(`${maps}?watch=1&resourceVersion=2`)
    const { status, body } = await server.send('PUT', `${maps}/a`, {
      metadata: { name: 'a' },
      data: { x: '1' },
    })
    await server.clock.settle()
    assert.equal(status, 200)
    assert.equal(body.metadata.resourceVersion, '2')
    assert.deepEqual(watch.lines, [])
  })

  test('writes that do not name a version all take effect, however many meet', async () => {
    await using server = await withMap()
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`)
    const answers = await Promise.all(
      keys.map((key) => server.send('PATCH', `${maps}/a`, { data: { [key]: 'v' } }, merge)),
    )
    assert(answers.every(({ status }) => status === 200))
    const { body } = await server.send('GET', `${maps}/a`)
    assert.deepEqual(Object.keys(body.data).toSorted(), [...keys, 'x'].toSorted())
  })

  test('an update of an absent name creates it where the kind allows that', async () => {
    await using server = await startTestServer()
    const path = '/api/v1/namespaces/default/endpoints/e'
    const created = await server.send('PUT', path, { metadata: { name: 'e' } })
    assert.equal(created.status, 201)
    assert.equal((await server.send('PUT', path, { metadata: { name: 'e' } })).status, 200)
  })

  test('a change of the spec is a new generation; one of metadata or status is none', async () => {
    await using server = await startTestServer()
    const path = `${deployments}/web`
    assert.equal(
      (await server.send('POST', deployments, deployment('web'))).body.metadata.generation,
      1,
    )
    const label = await server.send('PATCH', path, { metadata: { labels: { a: 'b' } } }, merge)
    assert.equal(label.body.metadata.generation, 1)
    const scaled = await server.send('PATCH', path, { spec: { replicas: 2 } }, merge)
    assert.equal(scaled.body.metadata.generation, 2)
    const status = await server.send('PATCH', `${path}/status`, { status: { replicas: 2 } }, merge)
    assert.equal(status.body.metadata.generation, 2)
    assert.equal(status.body.status.replicas, 2)
    const ignored = await server.send('PATCH', path, { status: { replicas: 9 } }, merge)
    assert.equal(ignored.body.status.replicas, 2)
  })

  test('scale shows and changes the replicas of a workload', async () => {
    await using server = await startTestServer()
    await server.send('POST', deployments, deployment('web', 3))
    const { body } = await server.send('GET', `${deployments}/web/scale`)
    assert.equal(body.kind, 'Scale')
    assert.equal(body.spec.replicas, 3)
    const scaled = await server.send('PUT', `${deployments}/web/scale`, {
      ...body,
      spec: { replicas: 5 },
    })
    assert.equal(scaled.body.spec.replicas, 5)
    const stale = await server.send('PUT', `${deployments}/web/scale`, body)
    assert.equal(stale.status, 409)
    assert.equal((await server.send('GET', `${deployments}/web`)).body.spec.replicas, 5)
  })

  test('a strategic merge patch merges containers by name', async () => {
    await using server = await startTestServer()
    await server.send('POST', deployments, deployment('web'))
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'd', image: 'sidecar' }] } } },
    }
    const { body } = await server.send('PATCH', `${deployments}/web`, patch, strategic)
    const names = body.spec.template.spec.containers.map(({ name }: { name: string }) => name)
    assert.deepEqual(names.toSorted(), ['c', 'd'])
  })

  test('a dry run answers as the write would and stores nothing', async () => {
    await using server = await withMap()
    const created = await server.send('POST', `${maps}?dryRun=All`, { metadata: { name: 'b' } })
    assert.equal(created.status, 201)
    assert.equal(created.body.metadata.resourceVersion, undefined)
    const taken = await server.send('POST', `${maps}?dryRun=All`, { metadata: { name: 'a' } })
    assert.equal(taken.status, 409)
    const patched = await server.send('PATCH', `${maps}/a?dryRun=All`, { data: { x: '2' } }, merge)
    assert.equal(patched.body.data.x, '2')
    await server.send('DELETE', `${maps}/a`, { dryRun: ['All'] })
    const { body } = await server.send('GET', maps)
    assert.deepEqual(
      body.items.map(({ data }: { data: object }) => data),
      [{ x: '1' }],
    )
  })

  test('unknown fields are warned of, or dropped in silence', async () => {
    await using server = await startTestServer()
    const body = (name: string) => ({ metadata: { name }, foo: 1 })
    assert.deepEqual((await server.send('POST', maps, body('a'))).warnings, ['unknown field "foo"'])
    const ignored = await server.send('POST', `${maps}?fieldValidation=Ignore`, body('b'))
    assert.deepEqual(ignored.warnings, [])
  })

  test('bodies may be YAML or protobuf', async () => {
    await using server = await startTestServer()
    const yaml = await server.send('POST', maps, 'metadata: {name: q}\ndata: {a: "1"}\n', {
      'content-type': 'application/yaml',
    })
    assert.deepEqual(yaml.body.data, { a: '1' })
    const bytes = apiProtobuf.encode({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'p' },
      data: { x: '1' },
    })
    const protobuf = await server.send('POST', maps, bytes, {
      'content-type': 'application/vnd.kubernetes.protobuf',
    })
    assert.equal(protobuf.status, 201)
    assert.deepEqual(protobuf.body.data, { x: '1' })
  })

  test('each commit is told with its revision, key and cause', async () => {
    await using server = await withMap()
    await server.send('DELETE', `${maps}/a`)
    assert.deepEqual(
      server.commits.map(({ revision, verb, resource, key, user }) => [
        revision,
        verb,
        resource,
        key,
        user,
      ]),
      [
        [2, 'create', 'configmaps', 'default/a', 'admin'],
        [3, 'delete', 'configmaps', 'default/a', 'admin'],
      ],
    )
    assert.deepEqual(server.commits[0]?.cause, { actor: 'admin', trigger: { kind: 'request' } })
  })

  test('events go by themselves when their time is over', async () => {
    await using server = await startTestServer()
    const events = '/api/v1/namespaces/default/events'
    const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default' }
    const created = await server.send('POST', events, { metadata: { name: 'e' }, involvedObject })
    assert.equal(created.status, 201)
    await server.clock.advance(3_601_000)
    assert.equal((await server.send('GET', `${events}/e`)).status, 404)
  })
})

describe('server-side apply', () => {
  const apply = { 'content-type': 'application/apply-patch+yaml' }
  const path = `${maps}/s?fieldManager=one`
  const applied = (data: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 's' },
    data,
  })

  test('creates what is absent, and records who owns what', async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('PATCH', path, applied({ a: '1' }), apply)
    assert.equal(status, 201)
    const [entry] = body.metadata.managedFields
    assert.equal(entry.manager, 'one')
    assert.equal(entry.operation, 'Apply')
    assert('f:a' in entry.fieldsV1['f:data'])
  })

  test('applied again without a change writes nothing; without a field removes it', async () => {
    await using server = await startTestServer()
    const first = await server.send('PATCH', path, applied({ a: '1', b: '2' }), apply)
    const same = await server.send('PATCH', path, applied({ a: '1', b: '2' }), apply)
    assert.equal(same.status, 200)
    assert.equal(same.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    const less = await server.send('PATCH', path, applied({ a: '1' }), apply)
    assert.deepEqual(less.body.data, { a: '1' })
  })

  test('conflicts with another manager, unless it is forced', async () => {
    await using server = await startTestServer()
    await server.send('PATCH', path, applied({ a: '1' }), apply)
    const other = `${maps}/s?fieldManager=two`
    const refused = await server.send('PATCH', other, applied({ a: '2' }), apply)
    assert.equal(refused.status, 409)
    assert.equal(refused.body.message, 'Apply failed with 1 conflict: conflict with "one": .data.a')
    const forced = await server.send('PATCH', `${other}&force=true`, applied({ a: '2' }), apply)
    assert.deepEqual(forced.body.data, { a: '2' })
  })

  const apps = (name: string, spec: object) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec,
  })
  const { replicas: _, ...template } = deployment('web').spec
  const asOne = `${deployments}/web?fieldManager=one`
  const fieldsOf = (body: { metadata: { managedFields: { fieldsV1: unknown }[] } }) =>
    JSON.stringify(body.metadata.managedFields[0]?.fieldsV1)

  test('leaves defaults and status to others', async () => {
    await using server = await startTestServer()
    const wanted = { ...apps('web', template), status: { replicas: 7 } }
    const { status, body } = await server.send('PATCH', asOne, wanted, apply)
    assert.equal(status, 201)
    assert.equal(body.spec.replicas, 1)
    assert.match(fieldsOf(body), /f:template/)
    assert.doesNotMatch(fieldsOf(body), /f:replicas|f:status|f:strategy/)
  })

  test('refuses a field that the kind lacks', async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('PATCH', asOne, apps('web', { size: 1 }), apply)
    assert.equal(status, 500)
    assert.match(body.message, /failed to create typed patch object .*\.spec\.size: field not decl/)
  })

  test('owns by the stored version what is applied through an older one', async () => {
    await using server = await startTestServer()
    const old = '/apis/extensions/v1beta1/namespaces/default/deployments/web?fieldManager=old'
    const legacy = {
      ...apps('web', { ...template, replicas: 2 }),
      apiVersion: 'extensions/v1beta1',
    }
    const created = await server.send('PATCH', old, legacy, apply)
    assert.equal(created.status, 201)
    assert.equal(created.body.apiVersion, 'extensions/v1beta1')
    const refused = await server.send('PATCH', asOne, apps('web', { replicas: 3 }), apply)
    assert.equal(refused.status, 409)
    assert.equal(
      refused.body.message,
      'Apply failed with 1 conflict: conflict with "old": .spec.replicas',
    )
    const again = await server.send('PATCH', old, legacy, apply)
    assert.equal(again.status, 200)
    assert.equal(again.body.metadata.resourceVersion, created.body.metadata.resourceVersion)
  })

  test('of a Scale owns the replicas of what it scales', async () => {
    await using server = await startTestServer()
    await server.send('PATCH', asOne, apps('web', template), apply)
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas: 5 },
    }
    const path = `${deployments}/web/scale?fieldManager=scaler`
    const scaled = await server.send('PATCH', path, scale, apply)
    assert.equal(scaled.status, 200)
    assert.equal(scaled.body.kind, 'Scale')
    assert.equal(scaled.body.spec.replicas, 5)
    const { body } = await server.send('GET', `${deployments}/web`)
    const owner = body.metadata.managedFields.find(
      (entry: { manager: string }) => entry.manager === 'scaler',
    )
    assert.equal(owner.subresource, 'scale')
    assert.equal(owner.apiVersion, 'apps/v1')
    assert.deepEqual(owner.fieldsV1, { 'f:spec': { 'f:replicas': {} } })
  })

  test('needs the name of its manager', async () => {
    await using server = await startTestServer()
    const { status, body } = await server.send('PATCH', `${maps}/s`, applied({}), apply)
    assert.equal(status, 422)
    assert.equal(
      body.message,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  })
})

describe('a legacy view', () => {
  const legacy = '/apis/extensions/v1beta1/namespaces/default/deployments'

  test('shows and writes the objects of the kind behind it, with a warning', async () => {
    await using server = await startTestServer()
    const created = await server.send('POST', legacy, {
      apiVersion: 'extensions/v1beta1',
      kind: 'Deployment',
      ...deployment('web'),
    })
    assert.equal(created.status, 201)
    assert.equal(created.body.apiVersion, 'extensions/v1beta1')
    assert.match(created.warnings[0] ?? '', /extensions\/v1beta1 Deployment is deprecated/)
    const current = await server.send('GET', `${deployments}/web`)
    assert.equal(current.body.apiVersion, 'apps/v1')
    assert.equal(current.body.metadata.uid, created.body.metadata.uid)
    const watch = await server.watch(`${legacy}?watch=1`)
    await server.send('PATCH', `${legacy}/web`, { spec: { replicas: 4 } }, merge)
    await server.clock.settle()
    const versions = watch.frames.map(({ object }) => object.object.apiVersion)
    assert.deepEqual(versions, ['extensions/v1beta1', 'extensions/v1beta1'])
    assert.equal((await server.send('GET', `${deployments}/web`)).body.spec.replicas, 4)
  })
})
