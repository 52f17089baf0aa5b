import { type Clock, type Random, randomInt } from '#lib'
import type { Cause, KubeObject, ObjectMeta, ResourceRef, Stored } from '#machinery'
import type { Client } from './contract/client.ts'
import type { EventInput, ObjectReference } from './recorder.ts'

/** What both ways of recording events share: who tells, about what, under which name. */
export interface EventSource {
  readonly component: string
  readonly host?: string
}

/** What an event recorder writes with, and as which component it reports. */
export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly source: EventSource
  readonly signal: AbortSignal
}

export interface CoreEvent extends KubeObject {
  readonly metadata: ObjectMeta
}

export const eventsResource: ResourceRef<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  scope: 'Namespaced',
}

/** client-go's broadcaster holds 1000 events and drops what comes on top. */
export const queueCapacity = 1000

export interface Recorded {
  readonly about: ObjectReference
  readonly event: EventInput
  readonly wallMs: number
}

export function namespaceOf({ namespace }: ObjectReference): string {
  return namespace || 'default'
}

/** Upstream names an event by the nanosecond. A clock of milliseconds gets the rest from chance. */
export function newName({ about, wallMs }: Recorded, random: Random): string {
  const nanoseconds = BigInt(Math.floor(wallMs)) * 1_000_000n + BigInt(randomInt(random, 1_000_000))
  return `${about.name}.${nanoseconds.toString(16)}`
}

/** Gives the reference by which an Event names what it is about. */
export function referenceTo(
  about: Stored<KubeObject> | ObjectReference,
  fieldPath?: string,
): ObjectReference {
  const path = fieldPath === undefined ? {} : { fieldPath }
  if (!('metadata' in about)) return { ...about, ...path }
  const { namespace, name, uid, resourceVersion } = about.metadata
  return {
    kind: about.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
    apiVersion: about.apiVersion,
    resourceVersion,
    ...path,
  }
}

export function causeOf(source: EventSource, event: EventInput): Cause {
  const actor = source.host ? `${source.component}/${source.host}` : source.component
  const detail = event.detail === undefined ? '' : `: ${event.detail}`
  const what = `${event.reason}: ${event.message}${detail}`
  return { actor, trigger: { kind: 'observed', what } }
}
