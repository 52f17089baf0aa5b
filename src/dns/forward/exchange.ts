import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { type Clock, KnarrError } from '#lib'
import { frame, readMessages } from '../server/frames.ts'
import { answersQuestion } from './answers.ts'
import type { Upstream } from './upstreams.ts'

/** Sends one question to one name server, and resolves to its answer; rejects after `timeoutMs`. */
export type AskUpstream = (
  question: Buffer,
  upstream: Upstream,
  options: ExchangeOptions,
) => Promise<Buffer>

interface ExchangeOptions {
  readonly carrier: 'datagram' | 'stream'
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * Asks over the machine's network. Every question by datagram has a socket of its own, so that its
 * port is as hard to guess as its number.
 */
export const exchangeOverNetwork: AskUpstream = (question, upstream, options) =>
  options.carrier === 'datagram'
    ? byDatagram(question, upstream, options)
    : byStream(question, upstream, options)

function byDatagram(
  question: Buffer,
  { ip, port }: Upstream,
  { clock, timeoutMs }: ExchangeOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4')
    const timer = clock.timer(timeoutMs, () => finish(() => reject(timeout(ip))))
    const finish = (settle: () => void) => {
      timer[Symbol.dispose]()
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.close()
      settle()
    }
    socket.once('error', (error) => finish(() => reject(error)))
    // Connected, it takes datagrams from there alone; whatever does not answer the question is passed over.
    socket.on('message', (message) => {
      if (answersQuestion(message, question)) finish(() => resolve(message))
    })
    socket.connect(port, ip, () => {
      socket.send(question, (error) => {
        if (error) finish(() => reject(error))
      })
    })
  })
}

function byStream(
  question: Buffer,
  { ip, port }: Upstream,
  { clock, timeoutMs }: ExchangeOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ip, port })
    const timer = clock.timer(timeoutMs, () => finish(() => reject(timeout(ip))))
    const finish = (settle: () => void) => {
      timer[Symbol.dispose]()
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.destroy()
      settle()
    }
    const read = readMessages((message) => {
      if (answersQuestion(message, question)) finish(() => resolve(message))
    })
    socket.on('error', (error) => finish(() => reject(error)))
    socket.on('end', () => finish(() => reject(timeout(ip))))
    socket.on('data', read)
    socket.on('connect', () => socket.write(frame(question)))
  })
}

const timeout = (ip: string) => new KnarrError('NameServerSilent', `${ip} does not answer`)
