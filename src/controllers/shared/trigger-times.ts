import type { Pod, Service } from '#api'
import { findCondition, keyOf, type Stored } from '#machinery'

/** Tells clients how old the change is that endpoints answer (upstream: EndpointsLastChangeTriggerTime). */
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'

/** Remembers of each Service when its pods became ready or ceased to be. */
export interface TriggerTimes {
  /**
   * The earliest change of a pod or the Service since it was asked last about this Service, as RFC 3339;
   * the Service's creation the first time, undefined when nothing has changed (upstream:
   * endpointslice/util `TriggerTimeTracker`, which forgets a change whose write fails as well).
   */
  next(service: Stored<Service>, pods: readonly Stored<Pod>[]): string | undefined
  /** Forgets a Service that is gone. */
  forget(key: string): void
}

interface Seen {
  readonly service: string
  readonly pods: ReadonlyMap<string, string>
}

/** Makes the memory of one controller. */
export function createTriggerTimes(): TriggerTimes {
  const seen = new Map<string, Seen>()
  return {
    next(service, pods) {
      const key = keyOf(service)
      const before = seen.get(key)
      const now: Seen = { service: service.metadata.creationTimestamp, pods: readyTimes(pods) }
      seen.set(key, now)
      if (!before) return now.service
      const changed = [...now.pods].filter(([name, at]) => isAfter(at, before.pods.get(name)))
      const times = changed.map(([, at]) => at)
      if (isAfter(now.service, before.service)) times.push(now.service)
      return times.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0]
    },
    forget: (key) => void seen.delete(key),
  }
}

function readyTimes(pods: readonly Stored<Pod>[]): ReadonlyMap<string, string> {
  const times = new Map<string, string>()
  for (const { metadata, status } of pods) {
    const at = findCondition(status?.conditions, 'Ready')?.lastTransitionTime
    if (at) times.set(metadata.name, at)
  }
  return times
}

function isAfter(time: string, before: string | undefined): boolean {
  return before === undefined || Date.parse(time) > Date.parse(before)
}

/** The annotations of endpoints that are written because of a change at a time; without one, none says so. */
export function withTriggerTime(
  annotations: Readonly<Record<string, string>> | undefined,
  time: string | undefined,
): Readonly<Record<string, string>> {
  const { [triggerTimeAnnotation]: _, ...others } = annotations ?? {}
  return time === undefined ? others : { ...others, [triggerTimeAnnotation]: time }
}
