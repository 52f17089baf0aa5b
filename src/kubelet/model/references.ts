import { type ConfigMap, configMaps, type Secret, type Service, secrets, services } from '#api'
import { type Client, createInformer, type Informer, type InformerFactory } from '#client'
import type { Clock, Random } from '#lib'
import type { KubeObject, ResourceRef, Stored } from '#machinery'
import { isNotFound, notFound } from '#machinery/status'

/**
 * The API objects that pods of this node refer to. ConfigMaps and Secrets are watched one by one,
 * because a kubelet may see only those that its own pods name; each is watched while in use.
 */
export interface References {
  /** The object as it is now; rejects with NotFound. */
  configMap(namespace: string, name: string): Promise<Stored<ConfigMap>>
  secret(namespace: string, name: string): Promise<Stored<Secret>>
  services(): readonly Stored<Service>[]
  /** Keeps exactly these objects watched for the pod; `changed` is called when one of them changes. */
  follow(podUid: string, wanted: readonly Reference[], changed: (what: string) => void): void
  unfollow(podUid: string): void
}

export interface Reference {
  readonly kind: 'configMap' | 'secret'
  readonly namespace: string
  readonly name: string
}

export interface ReferencesWorld {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly informers: InformerFactory
  readonly signal: AbortSignal
}

interface Followed {
  readonly informer: Informer<KubeObject>
  readonly stop: AbortController
  readonly followers: Map<string, (what: string) => void>
}

export function createReferences(world: ReferencesWorld): References {
  const followed = new Map<string, Followed>()
  const allServices = world.informers.informer(services)

  const get = async <T extends KubeObject>(resource: ResourceRef<T>, reference: Reference) => {
    const held = followed.get(idOf(reference))
    if (!held) return world.client.get(resource, reference).catch(asKubelet(reference))
    await held.informer.whenSynced(world.signal)
    const found = held.informer.get(`${reference.namespace}/${reference.name}`)
    if (!found) throw missing(reference)
    return found as Stored<T>
  }
  const start = (reference: Reference): Followed => {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, world.signal])
    const resource = reference.kind === 'secret' ? secrets : configMaps
    const informer = createInformer(world, resource as ResourceRef, {
      namespace: reference.namespace,
      fieldSelector: `metadata.name=${reference.name}`,
    })
    const entry: Followed = { informer, stop, followers: new Map() }
    void informer.run(signal)
    void informer.whenSynced(signal).then(
      () => {
        informer.subscribe(({ before }) => {
          // What was there when the watch began is no news.
          if (before === undefined && !started) return
          for (const notify of entry.followers.values())
            notify(`${reference.kind} ${reference.name} changed`)
        })
        started = true
      },
      () => undefined,
    )
    let started = false
    followed.set(idOf(reference), entry)
    return entry
  }
  const unfollowOthers = (podUid: string, keep: ReadonlySet<string>) => {
    for (const [id, entry] of followed) {
      if (keep.has(id) || !entry.followers.delete(podUid)) continue
      if (entry.followers.size > 0) continue
      entry.stop.abort()
      followed.delete(id)
    }
  }

  return {
    configMap: (namespace, name) => get(configMaps, { kind: 'configMap', namespace, name }),
    secret: (namespace, name) => get(secrets, { kind: 'secret', namespace, name }),
    services: () => allServices.list(),
    follow(podUid, wanted, changed) {
      for (const reference of wanted) {
        const entry = followed.get(idOf(reference)) ?? start(reference)
        entry.followers.set(podUid, changed)
      }
      unfollowOthers(podUid, new Set(wanted.map(idOf)))
    },
    unfollow: (podUid) => unfollowOthers(podUid, new Set()),
  }
}

/** Upstream's kubelet names the kind here, not the resource: `configmap "a" not found`. */
function missing({ kind, name }: Reference): Error {
  return notFound({ group: '', plural: kind.toLowerCase() }, name)
}

function asKubelet(reference: Reference): (error: unknown) => never {
  return (error) => {
    throw isNotFound(error) ? missing(reference) : error
  }
}

function idOf({ kind, namespace, name }: Reference): string {
  return `${kind}/${namespace}/${name}`
}
