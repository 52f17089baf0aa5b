import { createChannel } from '#lib'
import { formatMicroTime } from '#machinery'
import { isNotFound } from '#machinery/status'
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
import type { EventRecorder } from './recorder.ts'

/** A series that nothing was added to for this long is over (upstream: finishTime). */
const finishMs = 360_000
/** Every so many looks for series that are over, those that go on are written (upstream: refreshTime). */
const periodsPerRefresh = 5

/** What has been told once, and how often since. */
interface Series {
  readonly name: string
  readonly namespace: string
  readonly atMs: number
  series?: { count: number; lastMs: number }
}

/**
 * Records events as the events.k8s.io API means them, as upstream's scheduler does: the same about
 * the same version of an object is a series. That a series has begun is written; how it goes on is
 * kept back until it is over, or for half an hour.
 */
export function createSeriesRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, signal } = options
  const queue = createChannel<Recorded>(queueCapacity, { signal })
  const series = new Map<string, Series>()
  const startMs = clock.monotonicMs()
  let isFinishing = false
  /** Looks at whole periods since the start, for as long as there is something to look at. */
  const finishSeries = async () => {
    isFinishing = true
    while (series.size > 0) {
      const periods = Math.floor((clock.monotonicMs() - startMs) / finishMs) + 1
      await clock.sleep(startMs + periods * finishMs - clock.monotonicMs(), signal)
      await settle(series, periods % periodsPerRefresh === 0, options)
    }
    isFinishing = false
  }
  const work = async () => {
    for await (const recorded of queue) {
      await record(recorded, series, options).catch(() => undefined)
      if (!isFinishing) finishSeries().catch(() => undefined)
    }
  }
  void work()
  return {
    event(about, event) {
      queue.push({ about: referenceTo(about, event.fieldPath), event, wallMs: clock.wallMs() })
    },
  }
}

async function record(
  recorded: Recorded,
  series: Map<string, Series>,
  options: EventRecorderOptions,
): Promise<void> {
  const { about, event, wallMs } = recorded
  const key = JSON.stringify([event.type, event.reason, event.action, about, event.related])
  const known = series.get(key)
  if (known?.series) {
    known.series = { count: known.series.count + 1, lastMs: wallMs }
    return
  }
  const client = options.client.because(causeOf(options.source, event))
  if (known) {
    known.series = { count: 2, lastMs: wallMs }
    if (await writeSeries(known, { ...options, client })) return
  }
  const created = await client.create(eventsResource, newEvent(recorded, options))
  const { name } = created.metadata
  series.set(key, { name, namespace: namespaceOf(about), atMs: wallMs })
}

function newEvent(recorded: Recorded, { source, random }: EventRecorderOptions): CoreEvent {
  const { about, event, wallMs } = recorded
  const { reason, message, type, action, related } = event
  const object = {
    metadata: { name: newName(recorded, random), namespace: namespaceOf(about) },
    involvedObject: about,
    reason,
    message,
    source: {},
    type,
    eventTime: formatMicroTime(wallMs),
    ...(action === undefined ? {} : { action }),
    ...(related === undefined ? {} : { related }),
    reportingComponent: source.component,
    reportingInstance: `${source.component}-${source.host ?? 'knarr'}`,
  }
  return object
}

/** False when the event has expired meanwhile. */
async function writeSeries(
  { name, namespace, series }: Series,
  { client }: Pick<EventRecorderOptions, 'client'>,
): Promise<boolean> {
  if (!series) return true
  const lastObservedTime = formatMicroTime(series.lastMs)
  const patch = { series: { count: series.count, lastObservedTime } }
  try {
    await client.patch(eventsResource, { namespace, name }, { kind: 'strategic', patch })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** Forgets what is over, with a last word, and writes what goes on when that is due. */
async function settle(
  series: Map<string, Series>,
  isRefresh: boolean,
  options: EventRecorderOptions,
): Promise<void> {
  const { clock, source } = options
  const trigger = { kind: 'timer', purpose: 'tell how series of events go on' } as const
  const client = options.client.because({ actor: source.component, trigger })
  for (const [key, each] of [...series]) {
    const isOver = clock.wallMs() - (each.series?.lastMs ?? each.atMs) > finishMs
    if (isOver) series.delete(key)
    if (isOver || isRefresh) await writeSeries(each, { client }).catch(() => undefined)
  }
}
