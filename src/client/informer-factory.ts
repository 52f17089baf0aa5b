import { groupResourceOf, type KubeObject, type ResourceRef } from '#machinery'
import type { InformerFactory, InformerOptions } from './informer.ts'
import { createInformer, type InformerWorld, type RunnableInformer } from './shared-informer.ts'

/** One informer per resource and selection, shared by all who ask. */
export function createInformerFactory(world: InformerWorld): InformerFactory {
  const informers = new Map<string, RunnableInformer<KubeObject>>()
  const runs: Promise<void>[] = []
  let running: AbortSignal | undefined

  return {
    informer<T extends KubeObject>(resource: ResourceRef<T>, options: InformerOptions<T> = {}) {
      const { indexes, ...selection } = options
      const key = JSON.stringify([resource.version, groupResourceOf(resource), selection])
      const known = informers.get(key) as RunnableInformer<T> | undefined
      if (known) {
        for (const [name, index] of Object.entries(indexes ?? {})) known.addIndex(name, index)
        return known
      }
      const made = createInformer(world, resource, options)
      informers.set(key, made as unknown as RunnableInformer<KubeObject>)
      if (running) runs.push(made.run(running))
      return made
    },
    async run(signal) {
      running = signal
      for (const informer of informers.values()) runs.push(informer.run(signal))
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.all(runs)
    },
    async whenSynced(signal) {
      for (const informer of informers.values()) await informer.whenSynced(signal)
    },
  }
}
