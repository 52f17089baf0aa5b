import { type LinkedAbort, linkedAbort } from '#lib'
import { groupResourceOf, type KubeObject, type ResourceRef } from '#machinery'
import type { InformerFactory, InformerOptions } from './informer.ts'
import { createInformer, type InformerWorld, type RunnableInformer } from './shared-informer.ts'

interface Shared {
  readonly informer: RunnableInformer<KubeObject>
  run?: { readonly stop: LinkedAbort; readonly ended: Promise<void> }
}

/** One informer per resource and selection, shared by all who ask. */
export function createInformerFactory(world: InformerWorld): InformerFactory {
  const informers = new Map<string, Shared>()
  let running: AbortSignal | undefined
  const start = (shared: Shared, signal: AbortSignal) => {
    const stop = linkedAbort(signal)
    shared.run = { stop, ended: shared.informer.run(stop.signal) }
  }

  return {
    informer<T extends KubeObject>(resource: ResourceRef<T>, options: InformerOptions<T> = {}) {
      const { indexes, ...selection } = options
      const key = JSON.stringify([resource.version, groupResourceOf(resource), selection])
      const known = informers.get(key)?.informer as RunnableInformer<T> | undefined
      if (known) {
        for (const [name, index] of Object.entries(indexes ?? {})) known.addIndex(name, index)
        return known
      }
      const made = createInformer(world, resource, options)
      const shared: Shared = { informer: made as unknown as RunnableInformer<KubeObject> }
      informers.set(key, shared)
      if (running) start(shared, running)
      return made
    },
    drop({ group, version, plural }) {
      for (const [key, { informer, run }] of informers) {
        const own = informer.resource
        if (own.group !== group || own.version !== version || own.plural !== plural) continue
        informers.delete(key)
        run?.stop.abort(new Error(`${groupResourceOf(own)} is not served any more`))
        run?.stop[Symbol.dispose]()
      }
    },
    async run(signal) {
      running = signal
      for (const shared of informers.values()) start(shared, signal)
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.all([...informers.values()].map(({ run }) => run?.ended))
    },
    async whenSynced(signal) {
      for (const { informer } of informers.values()) await informer.whenSynced(signal)
    },
  }
}
