import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { unauthorized } from '#machinery/status'
import type { Authorizer } from './authz/authorizer.ts'
import { type Answer, startTestServer } from './server-fixture.ts'

describe('the server', () => {
  const paths: readonly (readonly [path: string, check: (body: Answer['body']) => void])[] = [
    ['/version', (body: { gitVersion: string }) => assert.equal(body.gitVersion, 'v1.36.0+knarr')],
    ['/api', (body: { versions: string[] }) => assert.deepEqual(body.versions, ['v1'])],
    ['/apis', (body: { kind: string }) => assert.equal(body.kind, 'APIGroupList')],
    ['/apis/apps', (body: { name: string }) => assert.equal(body.name, 'apps')],
    [
      '/apis/apps/v1',
      (body: { resources: { name: string }[] }) => {
        const names = body.resources.map(({ name }) => name)
        assert(names.includes('deployments') && names.includes('deployments/scale'))
      },
    ],
    ['/healthz', (body: string) => assert.equal(body, 'ok')],
    ['/livez/ping', (body: string) => assert.equal(body, 'ok')],
    [
      '/readyz?verbose',
      (body: string) => assert.match(body, /^\[\+\]ping ok\n(.*\n)*readyz check passed\n$/),
    ],
    ['/openapi/v3', (body: { paths: object }) => assert('apis/apps/v1' in body.paths)],
  ]
  for (const [path, check] of paths) {
    test(`answers ${path}`, async () => {
      await using server = await startTestServer()
      const { status, body } = await server.send('GET', path)
      assert.equal(status, 200)
      check(body)
    })
  }

  test('has no route for what would change a document', async () => {
    await using server = await startTestServer()
    for (const path of ['/version', '/api', '/apis/apps/v1', '/openapi/v3']) {
      assert.equal((await server.send('POST', path)).status, 405)
    }
  })

  test('tells everything about its API in one answer to those who ask for it', async () => {
    await using server = await startTestServer()
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const { response } = await server.send('GET', '/apis', undefined, { accept })
    assert(response.body.kind === 'object')
    assert.equal(response.body.contentType, accept)
    const { kind, items } = JSON.parse(Buffer.from(response.body.value.bytes).toString())
    assert.equal(kind, 'APIGroupDiscoveryList')
    assert(items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === 'apps'))
  })

  test('counts requests, watchers and objects', async () => {
    await using server = await startTestServer()
    const maps = '/api/v1/namespaces/default/configmaps'
    await server.send('POST', maps, { metadata: { name: 'a' } })
    await server.send('GET', `${maps}/b`)
    await server.watch(`${maps}?watch=1`)
    const { body } = await server.send('GET', '/metrics')
    for (const line of [
      'apiserver_request_total{code="201",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="POST",version="v1"} 1',
      'apiserver_request_total{code="404",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="GET",version="v1"} 1',
      'apiserver_request_duration_seconds_count{component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="POST",version="v1"} 1',
      'apiserver_longrunning_requests{component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="WATCH",version="v1"} 1',
      'apiserver_resource_objects{group="",resource="configmaps"} 1',
      'apiserver_storage_objects{resource="configmaps"} 1',
      'apiserver_watch_cache_resource_version{group="",resource="configmaps"} 2',
      'apiserver_watch_events_total{group="",resource="configmaps",version="v1"} 1',
    ]) {
      assert(body.split('\n').includes(line), line)
    }
  })

  test('refuses who is unknown, and what is not allowed, before it looks at the path', async () => {
    const nobody: Authorizer = {
      name: 'nobody',
      authorize: () => ({ kind: 'noOpinion', reason: '' }),
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    await using server = await startTestServer({ authorizer: nobody })
    const forbidden = await server.send('GET', '/api/v1/namespaces/default/nothings')
    assert.equal(forbidden.status, 403)
    assert.equal(
      forbidden.body.message,
      'nothings is forbidden: User "admin" cannot list resource "nothings" in API group "" in the namespace "default"',
    )
    const nameless = {
      method: 'GET',
      path: '/api',
      query: new URLSearchParams(),
      headers: {},
    } as const
    const { status, body } = await server.api.handle(nameless, new AbortController().signal)
    assert.equal(status, 401)
    assert.deepEqual(body.kind === 'object' && body.value.object, {
      ...unauthorized('Unauthorized').status,
    })
  })

  test('answers its own failure with 500, and goes on', async () => {
    await using server = await startTestServer({
      admission: [
        {
          name: 'broken',
          handles: () => true,
          validate: () => {
            throw new TypeError('oh')
          },
        },
      ],
    })
    const maps = '/api/v1/namespaces/default/configmaps'
    const { status, body } = await server.send('POST', maps, { metadata: { name: 'a' } })
    assert.equal(status, 500)
    assert.equal(body.reason, 'InternalError')
    assert.equal(body.message, 'Internal error occurred: oh')
    assert.equal((await server.send('GET', maps)).status, 200)
  })

  test('impersonates for those who may', async () => {
    const asked: string[] = []
    const authorizer: Authorizer = {
      name: 'note',
      authorize: (attributes) => {
        if (attributes.kind === 'resource') {
          asked.push(
            `${attributes.user.name} ${attributes.verb} ${attributes.resource} ${attributes.name}`,
          )
        }
        return { kind: 'allow', reason: '' }
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }
    await using server = await startTestServer({ authorizer })
    await server.send('GET', '/api/v1/pods', undefined, {
      'impersonate-user': 'jane',
      'impersonate-group': 'devs',
    })
    assert.deepEqual(asked, [
      'admin impersonate users jane',
      'admin impersonate groups devs',
      'jane list pods ',
    ])
  })
})
