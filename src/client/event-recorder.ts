import { type Clock, createChannel, type Random, randomInt } from '#lib'
import {
  type Cause,
  formatTime,
  isNotFound,
  type KubeObject,
  type ObjectMeta,
  type ResourceRef,
  type Stored,
} from '#machinery'
import type { Client } from './client.ts'
import { type Correlated, createEventCorrelator } from './event-correlator.ts'
import type { EventInput, EventRecorder, ObjectReference } from './recorder.ts'

export interface EventSource {
  readonly component: string
  readonly host?: string
}

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly source: EventSource
  readonly signal: AbortSignal
}

interface Recorded {
  readonly about: ObjectReference
  readonly event: EventInput
  readonly wallMs: number
}

interface CoreEvent extends KubeObject {
  readonly metadata: ObjectMeta
}

const events: ResourceRef<CoreEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  scope: 'Namespaced',
}

/** client-go's broadcaster holds 1000 events and drops what comes on top. */
const queueCapacity = 1000

/** Records Events through the API, in order, one write at a time. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, signal } = options
  const queue = createChannel<Recorded>(queueCapacity, { signal })
  void writeAll(queue, options)
  return {
    event(about, event) {
      queue.push({ about: referenceTo(about, event.fieldPath), event, wallMs: clock.wallMs() })
    },
  }
}

async function writeAll(
  queue: AsyncIterable<Recorded>,
  options: EventRecorderOptions,
): Promise<void> {
  const correlator = createEventCorrelator(options.clock)
  for await (const recorded of queue) {
    const { about, event } = recorded
    const decision = correlator.correlate(identityOf(about), event)
    if (decision.kind === 'drop') continue
    const client = options.client.because(causeOf(options.source, event))
    try {
      const name = await write(client, options, recorded, decision)
      correlator.remember(decision.key, name)
    } catch {
      // Best effort, as upstream: the namespace may be gone, or the server away.
    }
  }
}

async function write(
  client: Client,
  options: EventRecorderOptions,
  recorded: Recorded,
  decision: Exclude<Correlated, { kind: 'drop' }>,
): Promise<string> {
  const namespace = recorded.about.namespace || 'default'
  if (decision.kind === 'count') {
    try {
      const patch = {
        count: decision.count,
        lastTimestamp: formatTime(recorded.wallMs),
        message: decision.message,
      }
      const key = { namespace, name: decision.name }
      await client.patch(events, key, { kind: 'strategic', patch })
      return decision.name
    } catch (error) {
      // Events expire; then the series starts anew.
      if (!isNotFound(error)) throw error
    }
  }
  const created = await client.create(events, newEvent(options, recorded, decision, namespace))
  return created.metadata.name
}

function newEvent(
  { source, random }: EventRecorderOptions,
  { about, event, wallMs }: Recorded,
  { message }: { readonly message: string },
  namespace: string,
): CoreEvent & { readonly metadata: ObjectMeta } {
  // Upstream names an event by the nanosecond. A clock of milliseconds gets the rest from chance.
  const nanoseconds = BigInt(Math.floor(wallMs)) * 1_000_000n + BigInt(randomInt(random, 1_000_000))
  const timestamp = formatTime(wallMs)
  const object = {
    metadata: { name: `${about.name}.${nanoseconds.toString(16)}`, namespace },
    involvedObject: about,
    reason: event.reason,
    message,
    source,
    firstTimestamp: timestamp,
    lastTimestamp: timestamp,
    count: 1,
    type: event.type,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  }
  return object
}

function referenceTo(
  about: Stored<KubeObject> | ObjectReference,
  fieldPath: string | undefined,
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

function identityOf(about: ObjectReference): string {
  const { kind, namespace = '', name, uid = '', fieldPath = '' } = about
  return [kind, namespace, name, uid, fieldPath].join('|')
}

function causeOf(source: EventSource, event: EventInput): Cause {
  const actor = source.host ? `${source.component}/${source.host}` : source.component
  return { actor, trigger: { kind: 'observed', what: `${event.reason}: ${event.message}` } }
}
