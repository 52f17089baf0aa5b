import type { KubeObject } from '#machinery'

/** The fields of an Event that its description needs. */
export interface EventFields extends KubeObject {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly involvedObject?: {
    readonly kind?: string
    readonly namespace?: string
    readonly name?: string
  }
}

export function eventText({
  type,
  reason,
  message,
  count = 1,
  involvedObject,
}: EventFields): string {
  const about = `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`
  return `${type} ${reason} of ${about}: ${message}${count > 1 ? ` (${count} times)` : ''}`
}

/** Returns the object that an Event involves: `Pod/default/web`. */
export function involvedObjectOf({ involvedObject = {} }: EventFields): string {
  const { kind, namespace, name } = involvedObject
  return [kind, namespace, name].filter(Boolean).join('/')
}
