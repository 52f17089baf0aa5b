import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest } from '#machinery'
import { startTestServer } from '../server-fixture.ts'

/** The series of each family, by what stands behind the name of the family. */
function readMetrics(text: string) {
  const families = new Map<string, { readonly samples: Map<string, number> }>()
  let current = ''
  for (const line of text.trimEnd().split('\n')) {
    const [, , name = ''] = line.split(' ', 3)
    if (line.startsWith('# TYPE ')) {
      current = name
      families.set(current, { samples: new Map() })
    } else if (!line.startsWith('#')) {
      const at = line.lastIndexOf(' ')
      const series = line.slice(current.length, at)
      families.get(current)?.samples.set(series, Number(line.slice(at + 1)))
    }
  }
  return families
}

test('requests are counted by what is served; what clients make up adds no series', async () => {
  await using server = await startTestServer()
  await server.send('GET', '/api/v1/pods')
  await server.send('GET', '/api/v1/namespaces/a/pods/b/status')
  const before = (await server.send('GET', '/metrics')).body as string
  assert.match(
    before,
    /apiserver_request_total\{code="200",.*resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"\} 1\n/,
  )
  for (let index = 0; index < 50; index++) {
    await server.send('GET', `/apis/g${index}/v${index}/things`)
    await server.send('GET', `/api/v1/namespaces/a/pods/b/part${index}`)
  }
  const after = (await server.send('GET', '/metrics')).body as string
  const series = (text: string) =>
    text.split('\n').filter((line) => line.includes('request_duration_seconds_count{')).length
  // One more: that of the first look at the metrics themselves, and that of what is unknown.
  assert.ok(series(after) <= series(before) + 2, after)
})

test('dry runs, applies and connections are told apart, and a dry run has no share in what is promised', async () => {
  await using server = await startTestServer()
  const maps = '/api/v1/namespaces/default/configmaps'
  const apply = { 'content-type': 'application/apply-patch+yaml' }
  await server.send('PATCH', `${maps}/a?fieldManager=me&dryRun=All`, '{}', apply)
  await server.send('GET', '/api/v1/namespaces/default/pods/a/log')
  const families = readMetrics((await server.send('GET', '/metrics')).body)
  const requests = [...(families.get('apiserver_request_total')?.samples.keys() ?? [])]
  assert(requests.some((series) => /dry_run="All".*verb="APPLY"/.test(series)))
  assert(requests.some((series) => /subresource="log",verb="CONNECT"/.test(series)))
  const promised = [
    ...(families.get('apiserver_request_sli_duration_seconds')?.samples.keys() ?? []),
  ]
  assert(!promised.some((series) => series.includes('verb="APPLY"')))
})

test('what is sent to a client is measured when it has been sent', async () => {
  await using server = await startTestServer()
  const done: ((bytes: number) => void)[] = []
  const request: ApiRequest = {
    method: 'GET',
    path: '/api/v1/pods',
    query: new URLSearchParams(),
    headers: {},
    user: { name: 'admin', groups: ['system:masters'] },
    whenSent: (each) => done.push(each),
  }
  const never = new AbortController().signal
  await server.api.handle(request, never)
  for (const each of done.splice(0)) each(4711)
  const watch = { ...request, query: new URLSearchParams('watch=1') }
  const { eventSent } = await server.api.handle(watch, never)
  eventSent?.(2000)
  const read = async () => readMetrics((await server.send('GET', '/metrics')).body)
  const before = await read()
  const sizes = before.get('apiserver_response_sizes')?.samples ?? new Map()
  const pods = 'group="",resource="pods",scope="cluster",subresource="",verb="LIST",version="v1"'
  assert.equal(sizes.get(`_sum{component="apiserver",${pods}}`), 4711)
  const events = before.get('apiserver_watch_events_sizes')?.samples ?? new Map()
  assert.equal(events.get('_bucket{group="",resource="pods",version="v1",le="2048"}'), 1)
  const watches = async () =>
    [...((await read()).get('apiserver_request_total')?.samples.keys() ?? [])].filter((series) =>
      series.includes('verb="WATCH"'),
    ).length
  assert.equal(await watches(), 0)
  for (const each of done) each(2000)
  assert.equal(await watches(), 1)
})

test('writes say how long the store and admission took, and which kinds are on their way out', async () => {
  await using server = await startTestServer({ standard: true })
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  assert.equal((await server.send('DELETE', '/api/v1/namespaces/default')).status, 403)
  await server.send('GET', '/api/v1/componentstatuses')
  const families = readMetrics((await server.send('GET', '/metrics')).body)
  const seriesOf = (name: string) => [...(families.get(name)?.samples.keys() ?? [])]
  const stored = '_count{group="",operation="create",resource="namespaces"}'
  assert.equal(families.get('etcd_request_duration_seconds')?.samples.get(stored), 1)
  const plugins = 'apiserver_admission_controller_admission_duration_seconds'
  const refusing =
    '_count{name="NamespaceLifecycle",operation="DELETE",rejected="true",type="validate"}'
  assert(seriesOf(plugins).includes(refusing), seriesOf(plugins).join('\n'))
  const step = '_count{operation="CREATE",rejected="false",type="validate"}'
  assert(seriesOf('apiserver_admission_step_admission_duration_seconds').includes(step))
  assert.deepEqual(seriesOf('apiserver_requested_deprecated_apis'), [
    '{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"}',
  ])
})
