import type { Node, Pod } from '#api'
import { formatTime, type KubeObject, type ObjectMeta, type Stored } from '#machinery'

/** The present of tests of plans. */
export const nowMs = Date.UTC(2026, 0, 1, 12)

/** The time so many seconds before the tests' present. */
export function secondsAgo(seconds: number): string {
  return formatTime(nowMs - seconds * 1000)
}

/** An object as it would stand in the store: made an hour ago, in namespace `ns`. */
export function storedObject<T extends KubeObject>(name: string, object: T): Stored<T> {
  const metadata: ObjectMeta = {
    name,
    namespace: 'ns',
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: secondsAgo(3600),
    ...object.metadata,
  }
  return { ...object, metadata } as Stored<T>
}

/** The same of a kind that stands in no namespace. */
export function clusterWide<T extends KubeObject>(name: string, object: T): Stored<T> {
  const { namespace: _, ...metadata } = storedObject(name, object).metadata
  return { ...object, metadata } as Stored<T>
}

export interface PodTraits {
  /** Default `Running`. */
  readonly phase?: string
  /** Seconds since when it is ready; absent: it is not. */
  readonly readyFor?: number | undefined
  readonly node?: string
  readonly leaving?: boolean
  readonly restarts?: number
  readonly metadata?: ObjectMeta
  readonly spec?: Partial<NonNullable<Pod['spec']>>
  readonly status?: Pod['status']
}

/** A pod of which only what matters is told. */
export function podWith(name: string, traits: PodTraits = {}): Stored<Pod> {
  const { phase = 'Running', readyFor, node, leaving, restarts } = traits
  const ready = readyFor === undefined ? [] : [readyCondition(secondsAgo(readyFor))]
  const statuses = restarts === undefined ? [] : [containerWith(restarts)]
  return storedObject(name, {
    metadata: { ...(leaving ? { deletionTimestamp: secondsAgo(1) } : {}), ...traits.metadata },
    spec: { containers: [], ...(node === undefined ? {} : { nodeName: node }), ...traits.spec },
    status: { phase, conditions: ready, containerStatuses: statuses, ...traits.status },
  } as Pod)
}

function readyCondition(lastTransitionTime: string) {
  return { type: 'Ready', status: 'True', lastTransitionTime }
}

function containerWith(restartCount: number) {
  return { name: 'main', image: '', imageID: '', ready: false, restartCount }
}

/** A node with the conditions that are given by their status. */
export function nodeWith(
  name: string,
  conditions: Readonly<Record<string, string>> = { Ready: 'True' },
  more: Node = {},
): Stored<Node> {
  return storedObject(name, {
    ...more,
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
      ...more.status,
    },
  })
}

/** The names of objects, in their order. */
export function namesOf(objects: readonly Stored[]): readonly string[] {
  return objects.map(({ metadata }) => metadata.name)
}
