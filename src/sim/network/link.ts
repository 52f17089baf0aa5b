import type { Clock, Random } from '#lib'
import type { NetworkStack } from '../model/fabric.ts'

/** What faults do to the packets that pass a node. Only those that it tells of are meant. */
export interface Impairment {
  /** Only packets between the node and this one. */
  readonly peer?: string
  /** Only packets of pods on the node for which it holds; absent: all that leave the node or come to it. */
  readonly isAbout?: (pod: LinkedPod) => boolean
  /** How likely a packet is lost, from 0 to 1. */
  readonly lossRate: number
  /** So much longer every round trip takes. */
  readonly delayMs: number
  readonly bitsPerSecond?: number
  /** Nothing arrives. */
  readonly isCut?: boolean
}

/** What stands at an end of a connection, where it is a pod. */
type LinkedPod = Pick<NetworkStack, 'pod' | 'labels'>

/** A narrow place: what is sent through it waits for what was sent before. */
interface Bottleneck {
  readonly bitsPerSecond: number
  freeAtMs: number
}

/** How packets fare on their way; undefined where nothing is done to them. */
export interface LinkQuality {
  readonly lossRate: number
  readonly delayMs: number
  readonly bottlenecks: readonly Bottleneck[]
}

/** The way of one connection. Each step is done at once (undefined) where nothing is done to packets. */
export interface Link {
  /** Opens the connection, once. Rejects when `signal` aborts, which is how a client ends what never comes. */
  open(signal: AbortSignal): Promise<void> | undefined
  /** Sends so many bytes one way. */
  send(bytes: number, signal: AbortSignal): Promise<void> | undefined
  /** Whether a datagram and its answer come through, and how much later; undefined: lost. */
  datagram(): number | undefined
}

export interface LinkOptions {
  readonly quality: () => LinkQuality | undefined
  readonly clock: Clock
  readonly random: Random
}

/** Linux sends a SYN again after a second, and data after a fifth of one, then after twice as long. */
const firstRetryMs = { open: 1000, send: 200 } as const

/** The longest wait between two tries (TCP_RTO_MAX). */
const longestRetryMs = 120_000

/** What carries a message besides itself: headers of all layers. */
const headerBytes = 300

export function createLink({ quality, clock, random }: LinkOptions): Link {
  let isOpen = false
  const isLost = ({ lossRate }: LinkQuality, packets: number) =>
    lossRate > 0 && random.next() >= (1 - lossRate) ** packets
  /** Sends until it arrives; a link that gets well in between is heeded. */
  const arrive = async (packets: number, retryMs: number, signal: AbortSignal) => {
    for (let waitMs = retryMs; ; waitMs = Math.min(2 * waitMs, longestRetryMs)) {
      const now = quality()
      if (now === undefined || !isLost(now, packets)) return now
      await clock.sleep(waitMs, signal)
    }
  }
  const opened = async (signal: AbortSignal) => {
    // The SYN, and its answer.
    const now = await arrive(2, firstRetryMs.open, signal)
    if (now && now.delayMs > 0) await clock.sleep(now.delayMs, signal)
    isOpen = true
  }
  const sent = async (bytes: number, signal: AbortSignal) => {
    const now = await arrive(1, firstRetryMs.send, signal)
    if (now === undefined) return
    const nowMs = clock.monotonicMs()
    const doneMs = Math.max(nowMs, ...now.bottlenecks.map((each) => pass(each, bytes, nowMs)))
    const tookMs = doneMs - nowMs + now.delayMs / 2
    if (tookMs > 0) await clock.sleep(tookMs, signal)
  }
  return {
    open: (signal) => {
      if (isOpen) return undefined
      if (quality() !== undefined) return opened(signal)
      isOpen = true
      return undefined
    },
    send: (bytes, signal) => (quality() === undefined ? undefined : sent(bytes, signal)),
    datagram: () => {
      const now = quality()
      if (now === undefined) return 0
      return isLost(now, 2) ? undefined : now.delayMs
    },
  }
}

/** When the bytes are through. */
function pass(place: Bottleneck, bytes: number, nowMs: number): number {
  const tookMs = ((bytes + headerBytes) * 8 * 1000) / place.bitsPerSecond
  place.freeAtMs = Math.max(place.freeAtMs, nowMs) + tookMs
  return place.freeAtMs
}

/** The nodes that packets pass, in order, and the pods at either end. */
export interface LinkPath {
  readonly nodes: readonly string[]
  readonly from: LinkedPod | undefined
  readonly to: LinkedPod | undefined
}

/** An impairment in force at a node. */
export type ActiveImpairment = Impairment & { readonly bottleneck?: Bottleneck }

/** What becomes of packets on a path, of all that is done to its nodes. */
export function qualityOf(
  path: LinkPath,
  impairmentsOf: (node: string) => readonly ActiveImpairment[],
): LinkQuality | undefined {
  const met = [...new Set(path.nodes)].flatMap((node) =>
    impairmentsOf(node).filter((each) => isMet(each, node, path)),
  )
  if (met.length === 0) return undefined
  return {
    lossRate: 1 - met.reduce((passing, { lossRate }) => passing * (1 - lossRate), 1),
    delayMs: met.reduce((sum, { delayMs }) => sum + delayMs, 0),
    bottlenecks: met.flatMap(({ bottleneck }) => bottleneck ?? []),
  }
}

function isMet(
  { peer, isAbout }: Impairment,
  node: string,
  { nodes, from, to }: LinkPath,
): boolean {
  if (peer !== undefined && !isBetween(nodes, node, peer)) return false
  if (isAbout === undefined) return nodes.some((each) => each !== node)
  const isOwn = (pod: LinkedPod | undefined, at: string | undefined) =>
    pod !== undefined && at === node && isAbout(pod)
  return isOwn(from, nodes[0]) || isOwn(to, nodes.at(-1))
}

/** Whether packets go straight from one of two nodes to the other. */
function isBetween(nodes: readonly string[], a: string, b: string): boolean {
  return nodes.some((node, index) => {
    const next = nodes[index + 1]
    return (node === a && next === b) || (node === b && next === a)
  })
}
