import { type Pod, pods } from '#api'
import type { ObjectKey, Stored } from '#machinery'
import { badRequest, notFound } from '#machinery/status'
import type { ObjectReader } from '../cache/object-reader.ts'

/** A pod that a connection goes to. @throws StatusError 404 when there is none. */
export function podNamed(objects: ObjectReader, key: ObjectKey): Stored<Pod> {
  const pod = objects.get(pods, key)
  if (!pod) throw notFound(pods, key.name)
  return pod
}

/** Where the pod runs. @throws StatusError 400 for a pod that is not scheduled. */
export function nodeOf(pod: Stored<Pod>): string {
  const node = pod.spec?.nodeName
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  return node
}

/**
 * The container that a request means: the one named, or the only one.
 * @throws StatusError 400 with upstream's texts (registry/core/pod `validateContainer`).
 */
export function containerOf(pod: Stored<Pod>, wanted: string): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const all = [...initContainers, ...containers, ...ephemeralContainers]
  const { name } = pod.metadata
  if (wanted !== '') {
    if (all.some((container) => container.name === wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${name}`)
  }
  const [first, ...others] = containers
  if (first?.name && others.length === 0) return first.name
  const must = `a container name must be specified for pod ${name}`
  if (!first) throw badRequest(must)
  const choice = `${must}, choose one of: [${namesOf(containers)}]`
  if (initContainers.length === 0) throw badRequest(choice)
  throw badRequest(`${choice} or one of the init containers: [${namesOf(initContainers)}]`)
}

function namesOf(containers: readonly { readonly name?: string }[]): string {
  return containers.map(({ name }) => name).join(' ')
}
