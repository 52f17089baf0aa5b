/** One control loop over objects in memory: what it writes, what it tells, and what it waits for. */
import {
  type Client,
  createInformerFactory,
  type DeleteOptions,
  type InformerFactory,
  type ListQuery,
  type PatchBody,
  type WatchEvent,
  type WriteOptions,
} from '#client'
import {
  type Channel,
  createChannel,
  createVirtualClock,
  seededRandom,
  silentLogger,
  type VirtualClock,
} from '#lib'
import {
  groupResourceOf,
  groupVersionOf,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceRef,
  type Stored,
} from '#machinery'
import { notFound } from '#machinery/status'
import type { Controller, ReconcileContext } from '../runner/controller.ts'
import { nowMs } from './objects-fixture.ts'

interface FixtureWrite {
  /** `create pods ns/name`, `update jobs/status ns/name`, `delete …`. */
  readonly what: string
  /** What was sent: an object, a patch, or the options of a deletion. */
  readonly sent: unknown
}

export interface ControllerFixture {
  readonly clock: VirtualClock
  readonly client: Client
  readonly informers: InformerFactory
  readonly context: ReconcileContext
  readonly writes: FixtureWrite[]
  /** `Reason: message` of each Event. */
  readonly events: string[]
  /** Stands in the API and, unless it is news that has not come yet, in the caches. */
  put(resource: ResourceRef, object: Stored, delivery?: Delivery): void
  remove(resource: ResourceRef, key: string, delivery?: Delivery): void
  /** The next write is refused so, because of what happens meanwhile. */
  refuse(error: Error, meanwhile?: () => void): void
}

/** Changes of which no cache hears. */
type Delivery = 'unheard'

export type Existing = readonly (readonly [ResourceRef, Stored])[]

/** A world in which the given objects stand, at the tests' present; a controller does what it declares. */
export function worldWith(existing: Existing = [], controller?: Controller): ControllerFixture {
  const clock = createVirtualClock({ startWallMs: nowMs })
  const tables = createTables()
  const [writes, events, refusals]: [FixtureWrite[], string[], (() => Error)[]] = [[], [], []]
  const may = (verb: string, resource: ResourceRef, subresource?: string) => {
    if (controller) mustDeclare(controller, verb, resource, subresource)
  }
  const client = createTestClient(tables, may, (write) => {
    const refusal = refusals.shift()
    if (refusal) throw refusal()
    writes.push(write)
  })
  const random = seededRandom(1)
  const informers = createInformerFactory({ client, clock, random })
  const { signal } = new AbortController()
  void informers.run(signal)
  for (const [resource, object] of existing) tables.put(resource, object)
  const recorder = {
    event: (_: unknown, { reason, message }: { reason: string; message: string }) =>
      void events.push(`${reason}: ${message}`),
  }
  const context = { client, informers, clock, random, events: recorder, log: silentLogger, signal }
  return {
    ...{ clock, client, informers, context, writes, events },
    ...{ put: tables.put, remove: tables.remove },
    refuse(error, meanwhile) {
      refusals.push(() => {
        meanwhile?.()
        return error
      })
    },
  }
}

export interface TestLoop extends ControllerFixture {
  /** Reconciles a key over caches that are current; gives the writes of this very call. */
  reconcile(key: string): Promise<{
    readonly writes: readonly FixtureWrite[]
    readonly againInMs?: number
  }>
}

/** The loop of a controller in a world in which the given objects stand. */
export async function loopOf(controller: Controller, existing: Existing = []): Promise<TestLoop> {
  const world = worldWith(existing, controller)
  const { clock, context, informers, writes } = world
  const loop = controller.start(context)
  for (const { resource } of loop.watches) informers.informer(resource as ResourceRef)
  await clock.settle()
  return {
    ...world,
    async reconcile(key) {
      await clock.settle()
      const before = writes.length
      let isOver = false
      const work = loop.reconcile(key, context).finally(() => {
        isOver = true
      })
      // The failure, if it is one, is told below.
      work.catch(() => undefined)
      await clock.settle()
      if (!isOver) throw new Error(`the reconcile of ${key} waits for what does not come`)
      const result = await work
      return { writes: writes.slice(before), ...result }
    },
  }
}

interface Table {
  readonly resource: ResourceRef
  readonly objects: Map<string, Stored>
  readonly watches: Channel<WatchEvent<KubeObject>>[]
}

function createTables() {
  const tables = new Map<string, Table>()
  let revision = 1
  const tableOf = (resource: ResourceRef): Table => {
    const name = groupResourceOf(resource)
    const table = tables.get(name) ?? { resource, objects: new Map(), watches: [] }
    tables.set(name, table)
    return table
  }
  const publish = ({ watches }: Table, event: WatchEvent<KubeObject>) => {
    for (const watch of watches) watch.push(event)
  }
  const next = (object: Stored): Stored => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++revision) },
  })
  return {
    tableOf,
    served: () => [...tables.values()].map(({ resource }) => resource),
    revision: () => String(revision),
    put(resource: ResourceRef, object: Stored, delivery?: Delivery): Stored {
      const table = tableOf(resource)
      const type = table.objects.has(keyOf(object)) ? 'MODIFIED' : 'ADDED'
      const stored = next(object)
      table.objects.set(keyOf(object), stored)
      if (!delivery) publish(table, { type, object: stored })
      return stored
    },
    get(resource: ResourceRef, key: ObjectKey): Stored {
      const object = tableOf(resource).objects.get(keyOf(key))
      if (!object) throw notFound(resource, key.name)
      return object
    },
    remove(resource: ResourceRef, key: string, delivery?: Delivery): void {
      const table = tableOf(resource)
      const object = table.objects.get(key)
      if (!object) return
      table.objects.delete(key)
      if (!delivery) publish(table, { type: 'DELETED', object: next(object) })
    },
  }
}

/** Whatever a controller asks of the API stands among its permissions, or RBAC refuses it in a cluster. */
function mustDeclare(
  { name, permissions }: Controller,
  verb: string,
  { group, plural }: ResourceRef,
  subresource?: string,
): void {
  const resource = subresource ? `${plural}/${subresource}` : plural
  const has = (all: readonly string[], one: string) => all.includes(one) || all.includes('*')
  const isDeclared = permissions.some(
    ({ apiGroups, resources, verbs }) =>
      has(apiGroups, group) && has(resources, resource) && has(verbs, verb),
  )
  if (isDeclared) return
  throw new Error(
    `the permissions of controller ${name} lack: ${verb} ${resource} in API group "${group}"`,
  )
}

/** Patches are recorded, not applied. */
function createTestClient(
  tables: ReturnType<typeof createTables>,
  may: (verb: string, resource: ResourceRef, subresource?: string) => void,
  wrote: (write: FixtureWrite) => void,
): Client {
  const record = (verb: string, resource: ResourceRef, key: string, more: Sent) => {
    may(verb === 'delete all' ? 'deletecollection' : verb, resource, more.subresource)
    const part = more.subresource ? `/${more.subresource}` : ''
    wrote({ what: `${verb} ${resource.plural}${part} ${key}`, sent: more.sent })
  }
  const client = {
    because: () => client,
    async get(resource: ResourceRef, key: ObjectKey) {
      may('get', resource)
      return tables.get(resource, key)
    },
    async list(resource: ResourceRef, query: { readonly namespace?: string } = {}) {
      may('list', resource)
      const items = [...tables.tableOf(resource).objects.values()].filter(
        ({ metadata }) => !query.namespace || metadata.namespace === query.namespace,
      )
      return { resourceVersion: tables.revision(), items }
    },
    watch(resource: ResourceRef, _: unknown, signal: AbortSignal) {
      may('watch', resource)
      const channel = createChannel<WatchEvent<KubeObject>>(1000, { signal })
      tables.tableOf(resource).watches.push(channel)
      return channel
    },
    async create(resource: ResourceRef, object: Stored) {
      const { generateName, name = `${generateName}x`, ...metadata } = object.metadata
      record('create', resource, keyOf({ ...metadata, name }), { sent: object })
      return tables.put(resource, {
        ...object,
        metadata: { ...metadata, name, uid: `uid-${name}` },
      })
    },
    async update(resource: ResourceRef, object: Stored, { subresource }: WriteOptions = {}) {
      record('update', resource, keyOf(object), { sent: object, subresource })
      return tables.put(resource, object)
    },
    async patch(
      resource: ResourceRef,
      key: ObjectKey,
      { patch }: PatchBody,
      { subresource }: WriteOptions = {},
    ) {
      record('patch', resource, keyOf(key), { sent: patch, subresource })
      return tables.put(resource, tables.get(resource, key))
    },
    async delete(resource: ResourceRef, key: ObjectKey, options?: DeleteOptions) {
      tables.get(resource, key)
      record('delete', resource, keyOf(key), { sent: options })
      if (!isHeld(tables.get(resource, key))) tables.remove(resource, keyOf(key))
    },
    async deleteCollection(resource: ResourceRef, { namespace = '' }: ListQuery) {
      record('delete all', resource, namespace, { sent: undefined })
      for (const [key, object] of tables.tableOf(resource).objects) {
        if (object.metadata.namespace === namespace && !isHeld(object)) tables.remove(resource, key)
      }
    },
    getPath: async (path: string) => discovery(tables.served(), path),
  }
  return client as unknown as Client
}

/** What has a finalizer stays, unmarked. */
function isHeld({ metadata }: Stored): boolean {
  return (metadata.finalizers ?? []).length > 0
}

/** Aggregated discovery: the API serves what something stands of, or has stood. */
function discovery(served: readonly ResourceRef[], path: string): unknown {
  const groups = Map.groupBy(
    served.filter(({ group }) => (group === '') === (path === '/api')),
    ({ group, version }) => groupVersionOf({ group, version }),
  )
  const items = [...groups.values()].map((all) => ({
    metadata: { name: all[0]?.group },
    versions: [{ version: all[0]?.version, resources: all.map(discovered) }],
  }))
  return { items }
}

function discovered({ plural: resource, kind, scope }: ResourceRef) {
  const verbs = ['delete', 'deletecollection', 'get', 'list', 'watch']
  return { resource, responseKind: { kind }, scope, verbs }
}

interface Sent {
  readonly sent: unknown
  readonly subresource?: string | undefined
}
