import { groupResourceOf, type Resource, type ResourceRef } from '#machinery'
import type { Definition } from './definition.ts'
import { inDiscoveryOrder } from './discovery-order.ts'

/**
 * What an API server serves right now. Everything that goes by kinds reads it here at the moment that
 * it needs it, or is made again when it changes; nobody keeps a list of his own.
 */
export interface Served {
  /** The resource at which a path is served; undefined for a path that is not. */
  find(group: string, version: string, plural: string): Resource | undefined
  /** All that are served, in the order of discovery: the very same list until something changes. */
  readonly all: readonly Resource[]
  /** Those and what serving them needs; without the versions that are only stored. */
  readonly definitions: readonly Definition[]
  /** What objects of a resource are stored as: the resource itself, or what it is a view of. */
  storedAs(resource: Resource): Resource | undefined
  /** The types of what is served, by the name that its resource gives; undefined for others. */
  typeOf(schemaName: string): ServedType | undefined
  /**
   * Serves kinds once their storage is open, all of them at one instant. Disposing of what this gives
   * ends that as it began, at one instant: paths are gone, and then watches end.
   * @throws Error when one of them is served already, or stored by others.
   */
  add(definitions: readonly Definition[]): Promise<ServedKinds>
  /** Calls back after every change, in the order of subscription; handlers must not throw. */
  onChange(handler: () => void): Disposable
}

type ServedType = Pick<Definition, 'schema' | 'ownedType'>

/** Kinds that were added together, and go or are replaced together. */
export interface ServedKinds extends Disposable {
  /**
   * Puts other definitions in place of these, without an instant at which nothing is served. They
   * must store the same resources, maybe in another version: what is stored is read anew, as the new
   * ones read it. Watches end, as they do upstream.
   * @throws Error for definitions that store something else
   */
  replace(definitions: readonly Definition[]): Promise<void>
}

/** Where objects of what is served are kept. */
export interface ServedStorage {
  /** Opens what several resources need, filled with what is stored; all of it or nothing. */
  open(resources: readonly Resource[]): Promise<OpenStorage>
}

/** Disposing ends its watches and forgets its objects; the store still has them. */
export interface OpenStorage extends Disposable {
  endWatches(): void
  /** Reads the same places anew as others read them; they stand in for these from `swap` on. */
  reopen(resources: readonly Resource[]): Promise<OpenStorage & { swap(): void }>
}

export function createServed(storage: ServedStorage): Served {
  const handlers = new Set<() => void>()
  const added = new Set<readonly Definition[]>()
  let table = tableOf(added)
  const change = (update: () => void) => {
    update()
    table = tableOf(added)
    for (const handler of handlers) handler()
  }
  /** Ids of kinds whose storage is being opened. */
  const coming = new Set<string>()

  return {
    find: (group, version, plural) => table.served.get(`${group}/${version}/${plural}`),
    get all() {
      return table.all
    },
    get definitions() {
      return table.definitions
    },
    storedAs: (resource) => (resource.view ? table.stored.get(idOf(resource.view.of)) : resource),
    typeOf: (schemaName) => table.types.get(schemaName),
    async add(definitions) {
      const ids = definitions.map(({ resource }) => idOf(resource))
      refuseTwice(ids, (id) => table.stored.has(id) || coming.has(id))
      for (const id of ids) coming.add(id)
      let current = Object.freeze([...definitions])
      let open = await storage.open(storedBy(current)).finally(() => {
        for (const id of ids) coming.delete(id)
      })
      change(() => added.add(current))
      return {
        async replace(others) {
          const [before, after] = [current, Object.freeze([...others])]
          if (!added.has(before)) throw new Error('what is not served cannot be replaced')
          checkSameStorage(before, after)
          const own = new Set(before.map(({ resource }) => idOf(resource)))
          const next = after.map(({ resource }) => idOf(resource))
          refuseTwice(next, (id) => !own.has(id) && (table.stored.has(id) || coming.has(id)))
          const reopened = await open.reopen(storedBy(after))
          if (current !== before || !added.has(before)) {
            reopened[Symbol.dispose]()
            throw new Error('what is not served cannot be replaced')
          }
          const closed = open
          current = after
          open = reopened
          change(() => {
            reopened.swap()
            added.delete(before)
            added.add(after)
          })
          closed.endWatches()
        },
        [Symbol.dispose]() {
          if (!added.has(current)) return
          change(() => added.delete(current))
          open[Symbol.dispose]()
        },
      }
    },
    onChange(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
  }
}

/** All that is read of the definitions, made anew by each change. */
interface Table {
  readonly definitions: readonly Definition[]
  readonly all: readonly Resource[]
  readonly served: ReadonlyMap<string, Resource>
  readonly stored: ReadonlyMap<string, Resource>
  readonly types: ReadonlyMap<string, ServedType>
}

function tableOf(added: Iterable<readonly Definition[]>): Table {
  const known = inDiscoveryOrder([...added].flat())
  const definitions = Object.freeze(known.filter(({ isStorageOnly }) => !isStorageOnly))
  const all = Object.freeze(definitions.map(({ resource }) => resource))
  const byId = (resource: Resource) => [idOf(resource), resource] as const
  return {
    definitions,
    all,
    served: new Map(all.map(byId)),
    stored: new Map(known.map(({ resource }) => byId(resource))),
    types: new Map(known.map((each) => [each.resource.schemaName, each])),
  }
}

function refuseTwice(ids: readonly string[], isTaken: (id: string) => boolean): void {
  const twice = ids.find((id, at) => isTaken(id) || ids.indexOf(id) < at)
  if (twice !== undefined) throw new Error(`${twice} is served already`)
}

function storedBy(definitions: readonly Definition[]): readonly Resource[] {
  return definitions.map(({ resource }) => resource).filter(({ view }) => !view)
}

function checkSameStorage(before: readonly Definition[], after: readonly Definition[]): void {
  const [was, is] = [before, after].map((each) => {
    const places = storedBy(each).map((one) => `${one.scope} ${groupResourceOf(one)}`)
    return [...new Set(places)].sort().join()
  })
  if (was !== is) throw new Error(`${was} cannot be replaced by what stores ${is}`)
}

function idOf({ group, version, plural }: ResourceRef): string {
  return `${group}/${version}/${plural}`
}
