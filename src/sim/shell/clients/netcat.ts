import { textFrom } from '../../process/bytes.ts'
import type { ProcessAnswer } from '../../process/process.ts'
import {
  type ClientCall,
  type ClientProgram,
  type Ended,
  type Sending,
  secondsIn,
  type Taken,
} from './client.ts'

/** `nc`, as OpenBSD's: sends its input over TCP or UDP, and prints what comes back. */
export const netcat: ClientProgram = {
  usage: 'nc [-uvzntN] [-w SECONDS] [-p PORT] HOST PORT',
  readsInput: (args) => !readOptions(args).isScan,
  next,
  take,
}

interface Options {
  readonly isScan: boolean
  readonly isVerbose: boolean
  readonly isUdp: boolean
  readonly waitMs: number | undefined
  readonly host: string
  readonly port: number
}

const withValue = /^-\w*[wpsiq]$/

function readOptions(args: readonly string[]): Options {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const [host = '', port = ''] = args.filter(
    (arg, at) => !arg.startsWith('-') && !withValue.test(args[at - 1] ?? ''),
  )
  const isSet = (letter: string) => flags.some((flag) => flag.includes(letter))
  const at = args.findIndex((arg) => /^-\w*w/.test(arg))
  const inline = args[at]?.split('w')[1]
  return {
    isScan: isSet('z'),
    isVerbose: isSet('v'),
    isUdp: isSet('u'),
    waitMs: at < 0 ? undefined : secondsIn(inline || args[at + 1]),
    host,
    port: /^\d{1,5}$/.test(port) ? Number(port) : 0,
  }
}

function next(call: ClientCall): Ended | Sending {
  const { progress, args } = call
  const { host, port, isScan, isUdp, waitMs } = readOptions(args)
  if (progress.index > 0) return { kind: 'ended', status: progress.status }
  if (port === 0)
    return { kind: 'ended', status: 1, err: 'usage: nc [-uvz] [-w timeout] host port\n' }
  if (!call.resolve(host)) {
    const err = `nc: getaddrinfo for host "${host}" port ${port}: Name does not resolve\n`
    return { kind: 'ended', status: 1, err }
  }
  const limits = waitMs === undefined ? {} : { connectMs: waitMs, totalMs: waitMs }
  const place = { host, port, ...limits }
  const data = progress.input ?? ''
  if (isUdp) return { kind: 'sending', request: { ...place, protocol: 'udp', data } }
  if (isScan) return { kind: 'sending', request: { ...place, protocol: 'connect' } }
  return { kind: 'sending', request: { ...place, protocol: 'stream', data } }
}

const connectFaults: Readonly<Record<string, string>> = {
  refused: 'Connection refused',
  unreachable: 'Network is unreachable',
}

function take({ args }: ClientCall, answer: ProcessAnswer): Taken {
  const { host, port, isUdp, isScan, isVerbose } = readOptions(args)
  const kind = isUdp ? 'udp' : 'tcp'
  const isOpen = answer.kind === 'answered' || answer.stage === 'headers'
  const greeting = `Connection to ${host} ${port} port [${kind}/*] succeeded!\n`
  // Over UDP nobody says that there is nobody; only that a port is closed comes back.
  if (isOpen || (isUdp && answer.why !== 'refused')) {
    const out = answer.kind === 'answered' && !isScan ? textFrom(answer.response.body) : ''
    return { out, err: isVerbose ? greeting : '', outcome: { status: 0 } }
  }
  const { why } = answer
  const said =
    why === 'timeout'
      ? `timed out: Operation in progress`
      : `failed: ${connectFaults[why] ?? 'No route to host'}`
  const err = `nc: connect to ${host} port ${port} (${kind}) ${said}\n`
  return { err: isVerbose ? err : '', outcome: { status: 1 } }
}
