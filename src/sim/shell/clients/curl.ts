import { bytesOf, textFrom } from '../../process/bytes.ts'
import type { HttpProcessRequest, ProcessAnswer } from '../../process/process.ts'
import { failureOf } from '../files/file-failures.ts'
import {
  type Address,
  type ClientCall,
  type ClientProgram,
  type Ended,
  fileNameOf,
  hostOf,
  readAddress,
  type Sending,
  secondsIn,
  type Taken,
} from './client.ts'
import { meterHead, meterLine } from './curl-meter.ts'
import { type CurlCall, readCurl } from './curl-options.ts'
import { type CurlResult, writtenOut } from './curl-write-out.ts'
import { headerLines, statusLine } from './response.ts'

/**
 * `curl`, of version 8: what people and probes use of it. Servers of a simulation speak no TLS, so that
 * https is the same to them, whatever certificate is asked for.
 */
export const curl: ClientProgram = {
  usage:
    'curl [-fGiIkLOsSv] [-o FILE] [-w FORMAT] [-m SECONDS] [-H HEADER] [-X METHOD] [-d DATA] [--connect-timeout SECONDS] [--retry COUNT] URL…',
  next(call) {
    const options = readCurl(call.args)
    const { fault, urls } = options
    if (fault !== undefined || urls.length === 0) {
      const line = fault === undefined ? '' : `curl: ${fault}\n`
      const tip = "curl: try 'curl --help' or 'curl --manual' for more information\n"
      return { kind: 'ended', status: 2, err: line + tip }
    }
    const url = urls[call.progress.index]
    if (url === undefined) return { kind: 'ended', status: call.progress.status }
    return sendingTo(readAddress(url), options, call)
  },
  take(call, answer) {
    const options = readCurl(call.args)
    const address = readAddress(options.urls[call.progress.index] ?? '')
    const outcome = outcomeOf(answer, address, options, call)
    return retried(outcome, options, call) ?? shown(outcome, options, call)
  },
}

function sendingTo(address: Address, options: CurlCall, call: ClientCall): Ended | Sending {
  const { scheme } = address
  if (scheme !== 'http' && scheme !== 'https') {
    const err = `curl: (1) Protocol "${scheme}" not supported\n`
    return { kind: 'ended', status: 1, err: isSilent(options) ? '' : err }
  }
  const from = options.values.interface?.at(-1)
  if (from !== undefined && !isOwn(from, call)) {
    const why = `curl: (45) bind failed with errno 99: Address not available\n`
    return { kind: 'ended', status: 45, err: isSilent(options) ? '' : why }
  }
  const err = hasMeter(options, call) && call.progress.tries === 0 ? meterHead : ''
  return { kind: 'sending', request: requestOf(address, options), err }
}

/** Whether a request can start there: at an interface of every container, or at an address of this one. */
function isOwn(from: string, { ip }: ClientCall): boolean {
  return ['eth0', 'lo', '127.0.0.1', '::1', ip].includes(from.replace(/^(if|host)!/, ''))
}

function requestOf(address: Address, options: CurlCall): HttpProcessRequest {
  const { values, flags } = options
  const last = (name: string) => values[name]?.at(-1)
  const data = dataOf(options)
  const isInPath = flags.has('get') && data !== undefined
  const separator = address.path.includes('?') ? '&' : '?'
  const resolved = (values.resolve ?? []).map((each) => each.split(':'))
  const place = resolved.find(
    ([host, port]) => host === address.host && port === String(address.port),
  )
  const totalMs = secondsIn(last('max-time'))
  const connectMs = secondsIn(last('connect-timeout'))
  return {
    host: place?.[2] ?? address.host,
    port: address.port,
    method: methodOf(options, data !== undefined && !isInPath),
    path: isInPath ? `${address.path}${separator}${data}` : address.path,
    headers: headersOf(address, options, isInPath ? undefined : data),
    ...(address.scheme === 'https' && { isSecure: true }),
    ...(isInPath || data === undefined ? {} : { body: data }),
    ...(totalMs ? { totalMs } : {}),
    ...(connectMs ? { connectMs } : {}),
  }
}

function methodOf({ values, flags }: CurlCall, hasBody: boolean): string {
  const named = values.request?.at(-1)
  if (named !== undefined) return named
  return flags.has('head') ? 'HEAD' : hasBody ? 'POST' : 'GET'
}

function dataOf({ values }: CurlCall): string | undefined {
  const given = ['data', 'data-ascii', 'data-raw', 'data-binary', 'data-urlencode'].flatMap(
    (name) => values[name] ?? [],
  )
  return values.json?.join('') ?? (given.length > 0 ? given.join('&') : undefined)
}

function headersOf(
  address: Address,
  { values }: CurlCall,
  data: string | undefined,
): HttpProcessRequest['headers'] {
  const given = (values.header ?? []).map((line) => line.split(/:\s{0,9}(.*)/s))
  const last = (name: string) => values[name]?.at(-1)
  const isJson = values.json !== undefined
  const user = last('user')
  const own: readonly (readonly [string, string | undefined])[] = [
    ['Host', hostOf(address)],
    ['User-Agent', last('user-agent') ?? 'curl/8.14.1'],
    ['Accept', isJson ? 'application/json' : '*/*'],
    [
      'Authorization',
      user === undefined ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
    ],
    ['Referer', last('referer')],
    ['Cookie', last('cookie')],
    ['Content-Length', data === undefined ? undefined : String(bytesOf(data).length)],
    [
      'Content-Type',
      data === undefined
        ? undefined
        : isJson
          ? 'application/json'
          : 'application/x-www-form-urlencoded',
    ],
  ]
  const isGiven = (name: string) =>
    given.some(([each = '']) => each.toLowerCase() === name.toLowerCase())
  return [
    ...own.flatMap(([name, value]) =>
      value === undefined || isGiven(name) ? [] : [[name, value] as const],
    ),
    // `Name:` without a value takes away what curl would send.
    ...given.flatMap(([name = '', value = '']) => (value === '' ? [] : [[name, value] as const])),
  ]
}

function isSilent({ flags }: CurlCall): boolean {
  return flags.has('silent') && !flags.has('show-error')
}

/** Progress is shown unless what comes is. */
function hasMeter({ flags, values }: CurlCall, { isTerminal }: ClientCall): boolean {
  if (flags.has('silent') || flags.has('no-progress-meter') || flags.has('verbose')) return false
  return !isTerminal || values.output !== undefined || flags.has('remote-name')
}

function outcomeOf(
  answer: ProcessAnswer,
  address: Address,
  options: CurlCall,
  call: ClientCall,
): CurlResult {
  const tookMs = call.nowMs - call.progress.sinceMs
  const base = { address, tookMs, method: requestOf(address, options).method, ip: answer.ip ?? '' }
  if (answer.kind === 'failed') return { ...base, ...failure(answer, address, options, tookMs) }
  const { response } = answer
  if (response.status === 0) {
    const isEmpty = response.body.length === 0
    const fault = isEmpty ? 'Empty reply from server' : 'Received HTTP/0.9 when not allowed'
    return { ...base, status: isEmpty ? 52 : 1, fault }
  }
  const isRefused =
    response.status >= 400 && (options.flags.has('fail') || options.flags.has('fail-with-body'))
  if (!isRefused) return { ...base, response, status: 0 }
  return {
    ...base,
    response,
    status: 22,
    fault: `The requested URL returned error: ${response.status}`,
  }
}

function failure(
  { why, stage, ip }: ProcessAnswer & { readonly kind: 'failed' },
  { host, port }: Address,
  options: CurlCall,
  tookMs: number,
): Pick<CurlResult, 'status' | 'fault'> {
  const took = Math.round(tookMs)
  const cannot = (end: string) =>
    `Failed to connect to ${host} port ${port} after ${took} ms: ${end}`
  switch (why) {
    case 'unknownHost':
      return { status: 6, fault: `Could not resolve host: ${host}` }
    case 'reset':
      return { status: 56, fault: 'Recv failure: Connection reset by peer' }
    case 'refused':
    case 'noRoute':
    case 'unreachable':
      return { status: 7, fault: cannot('Could not connect to server') }
    case 'timeout': {
      if (ip === undefined) {
        return { status: 28, fault: `Resolving timed out after ${took} milliseconds` }
      }
      if (stage === 'headers')
        return {
          status: 28,
          fault: `Operation timed out after ${took} milliseconds with 0 bytes received`,
        }
      const isOwn = options.values['max-time'] ?? options.values['connect-timeout']
      if (!isOwn) return { status: 28, fault: cannot('Could not connect to server') }
      return { status: 28, fault: `Connection timed out after ${took} milliseconds` }
    }
  }
}

const transient: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** `--retry`: what may pass by itself is asked again, after 1, 2, 4 seconds and so on. */
function retried(
  outcome: CurlResult,
  { values, flags }: CurlCall,
  { progress }: ClientCall,
): Taken | undefined {
  const left = Number(values.retry?.at(-1) ?? 0) - progress.tries
  const { status, response } = outcome
  const isTransient =
    status === 28 ||
    (response !== undefined && transient.has(response.status)) ||
    (status === 7 && flags.has('retry-connrefused')) ||
    (status !== 0 && flags.has('retry-all-errors'))
  if (left <= 0 || !isTransient) return undefined
  const given = secondsIn(values['retry-delay']?.at(-1))
  const againAfterMs = given || Math.min(600_000, 1000 * 2 ** progress.tries)
  const seconds = againAfterMs / 1000
  const what = response ? 'HTTP error' : status === 7 ? 'connection refused' : 'timeout'
  const line = `Warning: Problem: ${what}. Will retry in ${seconds} second${seconds === 1 ? '' : 's'}. ${left} ${left === 1 ? 'retry' : 'retries'} left.\n`
  return { err: flags.has('silent') ? '' : line, outcome: { againAfterMs } }
}

/** Its output, or the file that it goes to, and what is said of it. */
function shown(result: CurlResult, options: CurlCall, call: ClientCall): Taken {
  const { head, body, size } = partsOf(result, options)
  const hasCome = result.response !== undefined && size >= 0
  const saved = hasCome ? saveTo(options, call, head + body) : undefined
  const fault = saved?.fault
  const final = fault === undefined ? result : { ...result, status: 23, fault }
  const talk = options.flags.has('verbose') ? conversation(result, options) : ''
  const meter = hasMeter(options, call) ? meterLine(Math.max(0, size), result.tookMs) : ''
  const format = options.values['write-out']?.at(-1)
  const written = format === undefined ? '' : writtenOut(format, final, Math.max(0, size))
  return {
    out: (saved ? '' : head + body) + written,
    err: talk + meter + complaintOf(final, options),
    outcome: { status: final.status },
  }
}

function complaintOf({ status, fault }: CurlResult, options: CurlCall): string {
  return fault === undefined || isSilent(options) ? '' : `curl: (${status}) ${fault}\n`
}

/** What is kept of a response; a size of -1 stands for nothing at all. */
function partsOf({ response, status, method }: CurlResult, { flags }: CurlCall) {
  if (!response || (status !== 0 && !flags.has('fail-with-body')))
    return { head: '', body: '', size: -1 }
  const showsHead = flags.has('include') || flags.has('head')
  const bytes = method === 'HEAD' ? Buffer.alloc(0) : response.body
  return { head: showsHead ? headOf(response) : '', body: textFrom(bytes), size: bytes.length }
}

function headOf(response: NonNullable<CurlResult['response']>): string {
  return [statusLine(response), ...headerLines(response), '', ''].join('\r\n')
}

/** Undefined where it goes to the output of curl. */
function saveTo(
  { values, flags, urls }: CurlCall,
  { files, at, progress: { index } }: ClientCall,
  text: string,
): { readonly fault?: string } | undefined {
  const named = values.output?.[index]
  const last = fileNameOf(readAddress(urls[index] ?? ''))
  const path = named ?? (flags.has('remote-name') ? last : undefined)
  if (path === undefined || path === '-') return undefined
  if (path === '') return { fault: 'Failed writing received data to disk/application' }
  if (at(path) === '/dev/null') return {}
  const failed = failureOf(() => files.write(at(path), text))
  return failed ? { fault: 'Failure writing output to destination' } : {}
}

/** `-v`. */
function conversation({ address, ip, response }: CurlResult, options: CurlCall): string {
  const { host, port } = address
  if (ip === '') return `* Could not resolve host: ${host}\n`
  const trying = `*   Trying ${ip}:${port}...\n`
  if (!response) return trying
  const { method, path, headers } = requestOf(address, options)
  const asked = [`${method} ${path} HTTP/1.1`, ...headers.map((each) => each.join(': ')), '']
  const answered = [statusLine(response), ...headerLines(response), '']
  return [
    `${trying}* Connected to ${host} (${ip}) port ${port}\n`,
    ...asked.map((line) => `> ${line}\r\n`),
    ...answered.map((line) => `< ${line}\r\n`),
    `* Connection #0 to host ${host} left intact\n`,
  ].join('')
}
