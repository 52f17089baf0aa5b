/**
 * The API server in one process over a store in memory: no sockets, no disk.
 * Run with `node bench/apiserver.ts [objects]`.
 */
import { createVirtualClock, systemClock } from '#lib'
import type { ApiRequest, ApiResponse } from '#machinery'
import { openBenchedApi } from './open-api.ts'

const objects = Number(process.argv[2] ?? 5000)
const never = new AbortController().signal
const user = { name: 'bench', groups: ['system:masters'] }
const headers = { accept: 'application/json', 'content-type': 'application/json' }
const pods = '/api/v1/namespaces/default/pods'

const clock = createVirtualClock()
const api = await openBenchedApi(clock)

function send(method: ApiRequest['method'], target: string, value?: unknown): Promise<ApiResponse> {
  const [path = '', query] = target.split('?')
  const request = { method, path, query: new URLSearchParams(query), headers, user }
  return api.handle(
    value === undefined ? request : { ...request, body: { kind: 'value', value } },
    never,
  )
}

function pod(index: number) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${index}`, labels: { app: 'web', shard: String(index % 10) } },
    spec: {
      nodeName: `node-${index % 1000}`,
      containers: [
        {
          name: 'main',
          image: 'registry.example/web:1.2.3',
          ports: [{ containerPort: 8080 }],
          env: [{ name: 'A', value: 'b' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
        },
      ],
    },
  }
}

async function timed(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const start = systemClock.monotonicMs()
  await work()
  const ms = systemClock.monotonicMs() - start
  const perSecond = Math.round((count / ms) * 1000)
  console.log(
    `${name.padEnd(44)} ${ms.toFixed(1).padStart(9)} ms ${String(perSecond).padStart(9)} /s`,
  )
}

async function each(work: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < objects; index++) await work(index)
}

function drain(response: ApiResponse, count: { frames: number }): void {
  if (response.body.kind !== 'watch') throw new Error(`no watch: ${response.status}`)
  const { events } = response.body
  void (async () => {
    for await (const _ of events) count.frames++
  })()
}

// Compiled code and warm caches are what a running server has.
for (let index = 0; index < 500; index++) {
  await send('POST', '/api/v1/namespaces/warm/pods', pod(index))
}

await timed('create pods', objects, () => each((index) => send('POST', pods, pod(index))))
await timed('get pods', objects, () => each((index) => send('GET', `${pods}/web-${index}`)))
for (const run of ['first', 'second']) {
  await timed(`list ${objects} pods as bytes, ${run} time`, objects, async () => {
    const { body } = await send('GET', pods)
    if (body.kind === 'list') for (const item of body.items) void item.bytes
  })
}
await timed(
  'list by label selector',
  objects,
  async () => void (await send('GET', `${pods}?labelSelector=shard%3D3`)),
)
await timed(
  'list by spec.nodeName',
  1,
  async () => void (await send('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-7')),
)
await timed('patch status of pods', objects, () => each((index) => patchStatus(index, 'Running')))

const all = { frames: 0 }
const own = { frames: 0 }
for (let index = 0; index < 10; index++)
  drain(await send('GET', '/api/v1/pods?watch=1&resourceVersion=0'), all)
for (let index = 0; index < 1000; index++) {
  const selector = encodeURIComponent(`spec.nodeName=node-${index}`)
  drain(await send('GET', `/api/v1/pods?watch=1&fieldSelector=${selector}&resourceVersion=0`), own)
}
await clock.settle()
all.frames = 0
own.frames = 0
await timed('patch status, 10 informers, 1000 kubelets watch', objects, () =>
  each((index) => patchStatus(index, 'Succeeded')),
)
await clock.settle()
console.log(`frames delivered: ${all.frames} to informers, ${own.frames} to kubelets`)
await timed('delete pods', objects, () => each((index) => send('DELETE', `${pods}/web-${index}`)))
const megabytes = process.memoryUsage().heapUsed / 1024 / 1024
console.log(`heap ${megabytes.toFixed(0)} MB`)
await api[Symbol.asyncDispose]()

async function patchStatus(index: number, phase: string): Promise<void> {
  const path = `${pods}/web-${index}/status`
  const response = await api.handle(
    {
      method: 'PATCH',
      path,
      query: new URLSearchParams(),
      headers: { ...headers, 'content-type': 'application/merge-patch+json' },
      user,
      body: { kind: 'value', value: { status: { phase } } },
    },
    never,
  )
  if (response.status !== 200) throw new Error(`patch answered ${response.status}`)
}
