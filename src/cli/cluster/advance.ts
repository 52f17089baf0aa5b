import { type ClockAdvance, clockName, clocks, readDuration } from '#api'
import type { Client } from '#client'
import type { Clock } from '#lib'
import { formatDuration, parseDuration } from '#machinery'
import { StatusError } from '#machinery/status'
import type { Terminal } from '../terminal/command.ts'
import { createProgressBar } from '../terminal/progress-bar.ts'

type Spec = ClockAdvance['spec']
type Status = NonNullable<ClockAdvance['status']>

/** The most slices of an advance, and the least that one of them is, in virtual milliseconds. */
const maxSlices = 200
const leastSliceMs = 10_000
/** From when on it is told what an advance costs, in wall milliseconds. */
const costlyMs = 10_000

/** How far an advance came. */
export interface Advanced {
  readonly status: Status
  /** What is left of it, in virtual milliseconds, when it was interrupted. */
  readonly leftMs: number
}

/** What an advance takes besides its client. */
export interface AdvanceWorld {
  readonly terminal: Terminal
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Interrupts it between two slices. */
  readonly signal: AbortSignal
}

/**
 * Advances the time of a cluster in slices, so that no request takes too long, it can be interrupted, and
 * somebody sees how far it is. The slices follow from the duration alone: the same command is the same
 * input of a simulation. One that takes longer than a request may is made smaller.
 */
export async function advanceInSlices(
  client: Client,
  spec: Spec,
  { terminal, clock, signal }: AdvanceWorld,
): Promise<Advanced> {
  const totalMs = readDuration(spec.duration ?? '0s')
  // The server says what is wrong with it.
  if (!(totalMs > leastSliceMs)) return { status: await requestAdvance(client, spec), leftMs: 0 }
  const beganMs = clock.monotonicMs()
  const before = await computed(client)
  const bar = createProgressBar(terminal, clock)
  let sliceMs = Math.max(leastSliceMs, Math.ceil(totalMs / maxSlices))
  // What is waited for may hold already, and has to be understood.
  let status = await requestAdvance(client, { ...spec, duration: '0s' })
  let leftMs = totalMs
  try {
    while (leftMs > 0 && !signal.aborted && !(spec.until && status.reached)) {
      const slice = Math.min(sliceMs, leftMs)
      const passed = formatDuration(totalMs - leftMs)
      bar.show(1 - leftMs / totalMs, `${passed} of ${formatDuration(totalMs)}`)
      const taken = await takeSlice(client, { ...spec, duration: formatDuration(slice) }, status)
      status = taken.status
      leftMs = Math.max(0, leftMs - (taken.isCut ? taken.passedMs : slice))
      if (taken.isCut) sliceMs = Math.max(1, Math.floor(sliceMs / 8))
    }
  } finally {
    bar.done()
  }
  const tookMs = clock.monotonicMs() - beganMs
  if (tookMs >= costlyMs) terminal.err(costText(tookMs, before, await computed(client)))
  return { status, leftMs: spec.until && status.reached ? 0 : leftMs }
}

interface Slice {
  readonly status: Status
  /** Whether the server stopped before its end, because the request took too long. */
  readonly isCut: boolean
  /** The virtual time that went by. */
  readonly passedMs: number
}

async function takeSlice(client: Client, spec: Spec, before: Status): Promise<Slice> {
  const since = (status: Status) => elapsedMs(status) - elapsedMs(before)
  try {
    const status = await requestAdvance(client, spec)
    return { status, isCut: false, passedMs: since(status) }
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 504) throw error
    const status = await requestAdvance(client, { duration: '0s' })
    return { status: { ...status, reached: false }, isCut: true, passedMs: since(status) }
  }
}

function elapsedMs({ elapsed = '0s' }: Status): number {
  return parseDuration(elapsed)
}

/** Asks the server once to advance time. */
export async function requestAdvance(client: Client, spec: Spec): Promise<Status> {
  const apiVersion = 'sim.knarr.dev/v1alpha1'
  const request: ClockAdvance = { apiVersion, kind: 'ClockAdvance', spec }
  const { status = {} } = await client.createSubresource(
    clocks,
    { name: clockName },
    'advance',
    request,
  )
  return status
}

type Computed = Readonly<Record<string, number>>

/** How much each pod has computed; nothing for a cluster that does not tell. */
async function computed(client: Client): Promise<Computed> {
  try {
    // Cast: what this server's own path answers.
    const { pods = {} } = (await client.getPath('/knarr/v1/computed')) as { pods?: Computed }
    return pods
  } catch (error) {
    if (error instanceof StatusError) return {}
    throw error
  }
}

/** The least share of what was computed that is worth a word. */
const leastShare = 0.1

/** Tells which pods the time went into: `pod default/web: 90 %`. */
function costText(tookMs: number, before: Computed, after: Computed): string {
  const grown = Object.entries(after)
    .map(([pod, steps]) => ({ pod, steps: Math.max(0, steps - (before[pod] ?? 0)) }))
    .toSorted((a, b) => b.steps - a.steps)
  const total = grown.reduce((sum, { steps }) => sum + steps, 0)
  const shares = grown
    .filter(({ steps }) => steps > leastShare * total)
    .slice(0, 3)
    .map(({ pod, steps }) => `pod ${pod}: ${Math.round((100 * steps) / total)} %`)
  const took = `this took ${formatDuration(Math.round(tookMs / 1000) * 1000)}`
  if (shares.length === 0) return `${took}; no container computed anything\n`
  return `${took}; of what containers computed (${Math.round(total)} steps): ${shares.join(', ')}\n`
}
