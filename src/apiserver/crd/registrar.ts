import { type CustomResourceDefinition, customResourceDefinitions } from '#api'
import { type Clock, type Logger, messageOf } from '#lib'
import { deepEqual } from '#machinery'
import type { Caches } from '../cache/caches.ts'
import { prefixOf } from '../cache/keys.ts'
import type { Served, ServedKinds } from '../served/served.ts'
import { definitionsOf, isNamed } from './definitions.ts'
import type { ConversionParts } from './webhook-conversion.ts'

interface RegistrarOptions {
  readonly caches: Caches
  readonly served: Served
  readonly clock: Clock
  readonly log: Logger
  /** How webhooks convert versions. */
  readonly conversion: ConversionParts
}

/** What is served of one definition. */
interface Kind {
  readonly of: CustomResourceDefinition
  readonly kinds: ServedKinds
}

/**
 * Follows the CustomResourceDefinitions in the caches: their kinds are served once they have
 * their names, anew when what they say changes, and no more when they are gone. The changes of one
 * definition are carried out one after the other, each to what the definition says by then. Resolves
 * once the kinds of those that stand already are served.
 */
export async function serveDefinedKinds(options: RegistrarOptions): Promise<Disposable> {
  const { served, caches } = options
  const { group, version, plural } = customResourceDefinitions
  if (!served.find(group, version, plural)) return { [Symbol.dispose]() {} }
  const registrar = createRegistrar(options)
  const prefix = prefixOf(customResourceDefinitions)
  const following = caches.onCommit(({ changes }) => {
    for (const { key } of changes) {
      if (key.startsWith(prefix)) registrar.schedule(key.slice(prefix.length))
    }
  })
  const scheduleAll = () => {
    for (const { object } of caches.of(customResourceDefinitions).values()) {
      registrar.schedule(object.metadata.name)
    }
    for (const name of registrar.names()) registrar.schedule(name)
  }
  const reloading = caches.onReload(scheduleAll)
  scheduleAll()
  await registrar.caughtUp()
  return {
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      reloading[Symbol.dispose]()
      registrar.stop()
    },
  }
}

/** After a failure, such as one of the store. */
const retryMs = 1_000

interface Registrar {
  /** Brings what is served of a definition to what it says, after what is being done about it. */
  schedule(name: string): void
  /** Resolves once nothing is left to do. */
  caughtUp(): Promise<void>
  /** The definitions of which something is served. */
  names(): Iterable<string>
  stop(): void
}

function createRegistrar({ caches, served, clock, log, conversion }: RegistrarOptions): Registrar {
  const serving = new Map<string, Kind>()
  const work = new Map<string, Promise<void>>()
  const retries = new Map<string, Disposable>()
  let isStopped = false

  const wanted = (name: string) => {
    const found = caches.of(customResourceDefinitions).get(undefined, name)?.object
    // Cast: only definitions stand there.
    const definition = found as CustomResourceDefinition | undefined
    if (!definition || !isNamed(definition)) return undefined
    // Kinds that are built in stay what they are.
    const { group, names, versions } = definition.spec
    const isTaken = versions.some((version) => served.find(group, version.name, names.plural))
    return isTaken && !serving.has(name) ? undefined : definition
  }
  const drop = (name: string) => {
    serving.get(name)?.kinds[Symbol.dispose]()
    serving.delete(name)
  }
  const bring = async (name: string) => {
    const definition = isStopped ? undefined : wanted(name)
    const held = serving.get(name)
    if (!definition) return drop(name)
    if (held && isSame(held.of, definition)) return
    const isOther = held && held.of.metadata?.uid !== definition.metadata?.uid
    if (isOther) drop(name)
    const definitions = definitionsOf(definition, conversion)
    if (held && !isOther) {
      await held.kinds.replace(definitions)
      serving.set(name, { of: definition, kinds: held.kinds })
    } else {
      serving.set(name, { of: definition, kinds: await served.add(definitions) })
    }
  }
  const schedule = (name: string) => {
    const next = (work.get(name) ?? Promise.resolve())
      .then(() => bring(name))
      .catch((error) => {
        log.error('a custom resource cannot be served', { name, error: messageOf(error) })
        retries.get(name)?.[Symbol.dispose]()
        if (!isStopped)
          retries.set(
            name,
            clock.timer(retryMs, () => schedule(name)),
          )
      })
      .finally(() => {
        if (work.get(name) === next) work.delete(name)
      })
    work.set(name, next)
  }

  return {
    schedule,
    async caughtUp() {
      while (work.size > 0) await Promise.all(work.values())
    },
    names: () => serving.keys(),
    stop() {
      isStopped = true
      for (const retry of retries.values()) retry[Symbol.dispose]()
    },
  }
}

/** Whether the same kinds are served of both; what a controller says of it changes nothing. */
function isSame(a: CustomResourceDefinition, b: CustomResourceDefinition): boolean {
  return (
    a.metadata?.uid === b.metadata?.uid &&
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.status?.acceptedNames, b.status?.acceptedNames)
  )
}
