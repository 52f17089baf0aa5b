import { createChannel } from '#lib'
import { formatTime } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { Client } from './contract/client.ts'
import { type Correlated, createEventCorrelator } from './event-correlator.ts'
import {
  type CoreEvent,
  causeOf,
  type EventRecorderOptions,
  eventsResource,
  namespaceOf,
  newName,
  queueCapacity,
  type Recorded,
  referenceTo,
} from './event-objects.ts'
import type { EventRecorder, ObjectReference } from './recorder.ts'

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
  const namespace = namespaceOf(recorded.about)
  if (decision.kind === 'count') {
    try {
      const patch = {
        count: decision.count,
        lastTimestamp: formatTime(recorded.wallMs),
        message: decision.message,
      }
      const key = { namespace, name: decision.name }
      await client.patch(eventsResource, key, { kind: 'strategic', patch })
      return decision.name
    } catch (error) {
      // Events expire; then the series starts anew.
      if (!isNotFound(error)) throw error
    }
  }
  const created = await client.create(
    eventsResource,
    newEvent(options, recorded, decision, namespace),
  )
  return created.metadata.name
}

function newEvent(
  { source, random }: EventRecorderOptions,
  recorded: Recorded,
  { message }: { readonly message: string },
  namespace: string,
): CoreEvent {
  const { about, event, wallMs } = recorded
  const timestamp = formatTime(wallMs)
  const object = {
    metadata: { name: newName(recorded, random), namespace },
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

function identityOf(about: ObjectReference): string {
  const { kind, namespace = '', name, uid = '' } = about
  return [kind, namespace, name, uid].join('|')
}
