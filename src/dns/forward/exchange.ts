import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { type Clock, KnarrError } from '#lib'
import { frame, readFrames } from '../server/frames.ts'
import type { Upstream } from './upstreams.ts'

/** Sends one question to one name server, and resolves to its answer; rejects after `timeoutMs`. */
export type Exchange = (
  question: Buffer,
  upstream: Upstream,
  options: ExchangeOptions,
) => Promise<Buffer>

export interface ExchangeOptions {
  readonly carrier: 'datagram' | 'stream'
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * Asks over the machine's network. Every question by datagram has a socket of its own, so that its
 * port is as hard to guess as its number.
 */
export const exchangeOverNetwork: Exchange = (question, upstream, options) =>
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
    const read = readFrames((message) => {
      if (answersQuestion(message, question)) finish(() => resolve(message))
    })
    socket.on('error', (error) => finish(() => reject(error)))
    socket.on('end', () => finish(() => reject(timeout(ip))))
    socket.on('data', read)
    socket.on('connect', () => socket.write(frame(question)))
  })
}

/** Same number, an answer, and the same question, whatever the case of its letters. */
export function answersQuestion(message: Buffer, question: Buffer): boolean {
  if (message.length < 12 || message.readUInt16BE(0) !== question.readUInt16BE(0)) return false
  if (((message[2] ?? 0) & 0x80) === 0 || message.readUInt16BE(4) !== 1) return false
  const length = questionLength(question)
  const asked = question
    .subarray(12, 12 + length)
    .toString('latin1')
    .toLowerCase()
  return (
    message
      .subarray(12, 12 + length)
      .toString('latin1')
      .toLowerCase() === asked
  )
}

/** Our own questions are whole, so that the name ends. */
function questionLength(question: Buffer): number {
  let at = 12
  while (at < question.length && (question[at] ?? 0) !== 0) at += (question[at] ?? 0) + 1
  return at + 5 - 12
}

const timeout = (ip: string) => new KnarrError('NameServerSilent', `${ip} does not answer`)
