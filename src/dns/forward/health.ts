import type { Clock, Logger, Random } from '#lib'
import { encodeName } from '../message/name.ts'
import type { AskUpstream } from './exchange.ts'
import type { Upstream } from './upstreams.ts'

/** What is known of those who are asked. */
export interface Health {
  /** Those that answered lately first; none that leads back here. */
  inOrder(): readonly Upstream[]
  answered(upstream: Upstream): void
  failed(upstream: Upstream): void
  /** Asks each new one for a name that nobody else asks for, to see whether the question comes back. */
  probe(): void
  /** Whether a name is one of those; its name server is asked no more. */
  cameBack(name: string): boolean
}

interface HealthOptions {
  readonly upstreams: () => readonly Upstream[]
  readonly exchange: AskUpstream
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** How long one that did not answer is asked last. */
const avoidMs = 10_000
const probeTimeoutMs = 2000
/** More are not remembered: somebody rewrites the machine's resolv.conf again and again. */
const mostRemembered = 64

/** Begins the names by which a loop is noticed; the rest is drawn. */
const probePrefix = 'knarr-loop-'

/** Makes the memory of how those who are asked have answered. */
export function createHealth(options: HealthOptions): Health {
  const { upstreams, exchange, clock, random, log } = options
  const failedAt = new Map<string, number>()
  const probes = new Map<string, string>()
  const probed = new Set<string>()
  const looping = new Set<string>()
  const isAvoided = (upstream: Upstream) =>
    clock.monotonicMs() < (failedAt.get(keyOf(upstream)) ?? Number.NEGATIVE_INFINITY) + avoidMs
  return {
    inOrder: () => {
      const usable = upstreams().filter((each) => !looping.has(keyOf(each)))
      return [...usable.filter((each) => !isAvoided(each)), ...usable.filter(isAvoided)]
    },
    answered: (upstream) => void failedAt.delete(keyOf(upstream)),
    failed: (upstream) => void failedAt.set(keyOf(upstream), clock.monotonicMs()),
    probe: () => {
      for (const upstream of upstreams()) {
        const key = keyOf(upstream)
        if (probed.has(key)) continue
        if (probed.size >= mostRemembered)
          for (const each of [probed, probes, failedAt]) each.clear()
        probed.add(key)
        const name = `${probePrefix}${random.uuid()}`
        probes.set(name, key)
        const question = plainQuestion(name, 'HINFO')
        if (question === undefined) continue
        const asking = { carrier: 'datagram', timeoutMs: probeTimeoutMs, clock } as const
        exchange(question, upstream, asking).catch(() => undefined)
      }
    },
    cameBack: (name) => {
      if (!name.startsWith(probePrefix)) return false
      const key = probes.get(name)
      if (key === undefined) return false
      looping.add(key)
      log.error('a name server of this machine leads back to the cluster and is not asked', {
        server: key,
      })
      return true
    },
  }
}

const keyOf = ({ ip, port }: Upstream) => `${ip} ${port}`

const typeNumbers: Readonly<Record<string, number>> = { A: 1, HINFO: 13, AAAA: 28 }

/** A question without number or options; undefined for what cannot be asked. */
export function plainQuestion(name: string, type: string): Buffer | undefined {
  const number = typeNumbers[type]
  const encoded = encodeName(name)
  if (number === undefined || encoded === undefined) return undefined
  const header = Buffer.alloc(12)
  header.writeUInt16BE(0x0100, 2)
  header.writeUInt16BE(1, 4)
  return Buffer.concat([header, encoded, Buffer.from([0, number, 0, 1])])
}
