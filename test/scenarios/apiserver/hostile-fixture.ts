import { generateKeyPairSync } from 'node:crypto'
import { apiProtobuf, apiSchema, resources } from '#api'
import { type ApiServer, createApiServer, standardParts } from '#apiserver'
import { createHistory } from '#history'
import { createVirtualClock, seededRandom, silentLogger, systemClock } from '#lib'
import type { ApiRequest } from '#machinery'
import { createMemoryStore, type Store } from '#store'
import { trapDefinition } from './hostile-definitions.ts'
import type { HostileRequest } from './hostile-parts.ts'

const admin = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
const never = new AbortController().signal

/** What a hostile request did. */
export interface Hold {
  readonly status: number
  /** The longest that nothing else was done for it: processor time between two turns of the loop. */
  readonly heldMs: number
}

/** An API server with upstream's plugins, over a store in memory, and objects for requests to hit. */
export async function startAttacked({
  history = createHistory(),
  virtualClock = createVirtualClock(),
  store = createMemoryStore({ clock: virtualClock }) as Store,
} = {}): Promise<ApiServer> {
  // Its turns are the loop's own, which are what is watched.
  const clock = { ...virtualClock, turn: systemClock.turn }
  const random = seededRandom(1)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const api = await createApiServer({
    store,
    clock,
    random,
    log: silentLogger,
    resources,
    schema: apiSchema,
    protobuf: apiProtobuf,
    descriptions: { type: () => undefined, field: () => undefined },
    version: 'v1.36.0+knarr',
    nodes: () => Promise.reject(new Error('no nodes')),
    commitLog: history.record,
    refusalLog: history.refuse,
    ...standardParts({
      clock,
      random,
      tokenKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      issuer: 'https://kubernetes.default.svc.cluster.local',
      serviceCidrs: ['10.96.0.0/16'],
      nodePorts: { first: 30_000, last: 32_767 },
    }),
  })
  const seed = (target: string, value: object) =>
    send(api, { name: '', method: 'POST', target }, Buffer.from(JSON.stringify(value)))
  await seed('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', trapDefinition)
  await establish(api)
  const metadata = { name: 'seed' }
  await seed('/api/v1/namespaces', { metadata: { name: 'default' } })
  await seed('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  await seed('/api/v1/namespaces/default/serviceaccounts', { metadata })
  await seed('/api/v1/namespaces/default/configmaps', { metadata, data: { a: 'b' } })
  const containers = [{ name: 'a', image: 'i' }]
  await seed('/api/v1/namespaces/default/pods', { metadata, spec: { containers } })
  return api
}

/** Does to the definition of Traps what controllers do in a cluster, and waits until it is served. */
async function establish(api: ApiServer): Promise<void> {
  const { names, group } = trapDefinition.spec
  const conditions = [{ type: 'NamesAccepted', status: 'True' }]
  const target = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${trapDefinition.metadata.name}/status`
  const headers = { 'content-type': 'application/merge-patch+json' }
  const body = Buffer.from(JSON.stringify({ status: { conditions, acceptedNames: names } }))
  await send(api, { name: '', method: 'PATCH', target, headers }, body)
  while (!api.served.find(group, 'v1', names.plural)) await new Promise(setImmediate)
}

/** Sends a request with `bytes` of what makes it hostile, and tells how long it held the loop. */
export async function holdOf(
  api: ApiServer,
  request: HostileRequest,
  bytes: number,
): Promise<Hold> {
  const text = request.body?.(bytes)
  const body = text === undefined ? undefined : Buffer.from(text)
  const stop = watchLoop()
  const status = await send(api, request, body)
  return { status, heldMs: await stop() }
}

/** Sends a request as an administrator unless it says otherwise; gives the status of its answer. */
export async function send(
  api: ApiServer,
  { method, target, headers, user = admin }: HostileRequest,
  bytes: Buffer | undefined,
): Promise<number> {
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const bearer = headers?.authorization !== undefined
  const asked: ApiRequest = {
    method,
    path,
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    headers: { 'content-type': 'application/json', ...headers },
    ...(bearer ? {} : { user }),
    ...(bytes && { body: { kind: 'bytes', bytes } }),
  }
  const { status, body: answer } = await api.handle(asked, never)
  // A client gets bytes, which are made when they are sent.
  if (answer.kind === 'object') void answer.value.bytes
  return status
}

/** Processor time, which other programs on the machine do not lengthen. */
function busyMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Watches how long each turn of the event loop takes, until it is called; gives the longest. */
export function watchLoop(): () => Promise<number> {
  let last = busyMs()
  let longest = 0
  let watching = true
  const turn = () => {
    const now = busyMs()
    longest = Math.max(longest, now - last)
    last = now
    if (watching) setImmediate(turn)
  }
  setImmediate(turn)
  return () =>
    new Promise((resolve) => {
      setImmediate(() => {
        turn()
        watching = false
        resolve(longest)
      })
    })
}
