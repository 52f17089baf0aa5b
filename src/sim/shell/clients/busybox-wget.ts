import { textFrom } from '../../process/bytes.ts'
import type { ProcessAnswer } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import {
  type Address,
  type ClientCall,
  type Ended,
  readAddress,
  type Sending,
  type Taken,
} from './client.ts'
import { headerLines, statusLine } from './response.ts'
import { readWget, targetOf, type WgetCall, wgetRequest } from './wget-options.ts'

/** The next request of busybox's wget. */
export function nextOfBusybox(call: ClientCall): Ended | Sending {
  const options = readWget(call.args)
  if (options.unknown !== undefined) {
    return {
      kind: 'ended',
      status: 1,
      err: `wget: unrecognized option: ${options.unknown.replace(/^--/, '')}\n`,
    }
  }
  const url = options.urls[call.progress.index]
  if (url === undefined) {
    const isEmpty = options.urls.length === 0
    const err = isEmpty ? 'Usage: wget [-cqS] [--spider] [-O FILE] [--header STR] URL...\n' : ''
    return { kind: 'ended', status: isEmpty ? 1 : call.progress.status, err }
  }
  const address = readAddress(url)
  if (address.scheme !== 'http' && address.scheme !== 'https') {
    return { kind: 'ended', status: 1, err: `wget: not an http or ftp url: ${url}\n` }
  }
  const target = targetOf(address, options)
  const taken =
    options.output === undefined && !options.isSpider && call.files.kindOf(call.at(target))
  const ip = call.resolve(address.host)?.ip
  const line = `Connecting to ${address.host}${portOf(address)} (${ip}:${address.port})\n`
  const err = options.isQuiet || ip === undefined ? '' : line
  if (taken)
    return { kind: 'ended', status: 1, err: `${err}wget: can't open '${target}': File exists\n` }
  return { kind: 'sending', request: wgetRequest(address, options, call), err }
}

const portOf = ({ port, text }: Address) => (/:\d+(\/|\?|$)/.test(text) ? `:${port}` : '')

/** What busybox's wget does with an answer; whatever goes wrong ends it with 1. */
export function takenByBusybox(call: ClientCall, answer: ProcessAnswer): Taken {
  const options = readWget(call.args)
  const address = readAddress(options.urls[call.progress.index] ?? '')
  const failed = (message: string): Taken => ({ err: `wget: ${message}\n`, outcome: { status: 1 } })
  if (answer.kind === 'failed') return failed(faultOf(answer, address))
  const { response } = answer
  if (response.status === 0) return failed('error getting response')
  if (response.status >= 400) return failed(`server returned error: ${statusLine(response)}`)
  const shown = options.showsHeaders ? [statusLine(response), ...headerLines(response), ''] : []
  const headers = shown.map((line) => `  ${line}\n`).join('')
  if (options.isSpider) {
    return {
      err: headers + (options.isQuiet ? '' : 'remote file exists\n'),
      outcome: { status: 0 },
    }
  }
  return saved(options, call, {
    target: targetOf(address, options),
    headers,
    body: textFrom(response.body),
    size: response.body.length,
  })
}

interface Received {
  readonly target: string
  readonly headers: string
  readonly body: string
  readonly size: number
}

function saved(
  { isQuiet }: WgetCall,
  { files, at }: ClientCall,
  { target, headers, body, size }: Received,
): Taken {
  const toOutput = target === '-'
  const bar = `${target.split('/').at(-1)?.slice(0, 20).padEnd(20)} 100% |${'*'.repeat(32)}| ${String(size).padStart(5)}  0:00:00 ETA\n`
  const first = toOutput ? 'writing to stdout\n' : `saving to '${target}'\n`
  const last = toOutput ? 'written to stdout\n' : `'${target}' saved\n`
  const err = headers + (isQuiet ? '' : first + bar + last)
  if (toOutput) return { out: body, err, outcome: { status: 0 } }
  const isNowhere = at(target) === '/dev/null'
  const failed = isNowhere ? undefined : failureOf(() => files.write(at(target), body))
  if (failed)
    return { err: `wget: can't open '${target}': ${failed.reason}\n`, outcome: { status: 1 } }
  return { err, outcome: { status: 0 } }
}

function faultOf(
  { why, ip }: ProcessAnswer & { readonly kind: 'failed' },
  { host }: Address,
): string {
  switch (why) {
    case 'unknownHost':
      return `bad address '${host}'`
    case 'refused':
      return `can't connect to remote host (${ip}): Connection refused`
    case 'unreachable':
      return `can't connect to remote host (${ip}): Network unreachable`
    case 'noRoute':
      return `can't connect to remote host (${ip}): Host is unreachable`
    case 'reset':
      return 'error getting response: Connection reset by peer'
    case 'timeout':
      return 'download timed out'
  }
}
