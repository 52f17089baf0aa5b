import type { KubeObject } from '#machinery'

/** What is told of an Event. */
export interface ToldEvent extends KubeObject {
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

export function eventText({ type, reason, message, count = 1, involvedObject }: ToldEvent): string {
  const about = `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`
  return `${type} ${reason} of ${about}: ${message}${count > 1 ? ` (${count} times)` : ''}`
}

/** What an event is about: its kind and key, `Pod/default/web`. */
export function toldOf({ involvedObject = {} }: ToldEvent): string {
  const { kind, namespace, name } = involvedObject
  return [kind, namespace, name].filter(Boolean).join('/')
}
