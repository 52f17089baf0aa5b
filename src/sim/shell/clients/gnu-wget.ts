import type { NetworkResponse } from '../../model/fabric.ts'
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
  wholeUrl,
} from './client.ts'
import { contentType, headerLines, reasonOf, statusLine } from './response.ts'
import { readWget, targetOf, type WgetCall, wgetRequest } from './wget-options.ts'

/** How often GNU's wget tries unless it is options. */
const defaultTries = 20

/** The next request of GNU's wget. */
export function nextOfGnu(call: ClientCall): Ended | Sending {
  const options = readWget(call.args)
  const misuse = misuseOf(options)
  if (misuse) return misuse
  const { index, status } = call.progress
  const url = options.urls[index]
  if (url === undefined) return { kind: 'ended', status }
  const address = readAddress(url)
  const { scheme } = address
  if (scheme !== 'http' && scheme !== 'https') {
    return { kind: 'ended', status: 1, err: `${url}: Unsupported scheme ‘${scheme}’.\n` }
  }
  const request = wgetRequest(address, options, call)
  const err = options.isQuiet ? '' : headOf(address, options, call) + lookUp(address, call)
  return { kind: 'sending', request, err }
}

function misuseOf({ unknown, urls }: WgetCall): Ended | undefined {
  if (unknown === undefined && urls.length > 0) return undefined
  const usage = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"
  if (unknown === undefined) {
    return { kind: 'ended', status: 1, err: `wget: missing URL\n${usage}` }
  }
  const what = unknown.startsWith('--')
    ? `unrecognized option '${unknown}'`
    : `invalid option -- '${unknown}'`
  return { kind: 'ended', status: 2, err: `wget: ${what}\n${usage}` }
}

function headOf(address: Address, { isSpider }: WgetCall, call: ClientCall): string {
  const { index, tries } = call.progress
  const isFirst = index === 0 && tries === 0
  const spider = isSpider && isFirst ? 'Spider mode enabled. Check if remote file exists.\n' : ''
  const again = tries === 0 ? '' : `(try:${String(tries + 1).padStart(2)})`
  return `${spider}--${timeOf(call)}--${again}  ${wholeUrl(address)}\n`
}

const timeOf = ({ wallMs }: ClientCall) =>
  new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ')

function lookUp({ host, port }: Address, { resolve }: ClientCall): string {
  const found = resolve(host)
  if (!found) return `Resolving ${host} (${host})... failed: Name or service not known.\n`
  if (found.ip === host) return `Connecting to ${host}:${port}... `
  return `Resolving ${host} (${host})... ${found.ip}\nConnecting to ${host} (${host})|${found.ip}|:${port}... `
}

/** What GNU's wget does with an answer. */
export function takenByGnu(call: ClientCall, answer: ProcessAnswer): Taken {
  const options = readWget(call.args)
  const address = readAddress(options.urls[call.progress.index] ?? '')
  const taken =
    answer.kind === 'failed'
      ? failed(answer, address, options, call)
      : answered(answer.response, address, options, call)
  return options.isQuiet ? { ...taken, err: '' } : taken
}

function faultOf(why: Failure['why'], stage: Failure['stage']): string {
  if (why === 'noRoute') return 'failed: No route to host.'
  if (why === 'unreachable') return 'failed: Network is unreachable.'
  if (why === 'reset') return `${awaited}Read error (Connection reset by peer) in headers.`
  return stage === 'headers'
    ? `${awaited}Read error (Connection timed out) in headers.`
    : 'failed: Connection timed out.'
}

type Failure = ProcessAnswer & { readonly kind: 'failed' }

const awaited = 'connected.\nHTTP request sent, awaiting response... '

function failed(
  { why, stage }: Failure,
  { host }: Address,
  options: WgetCall,
  call: ClientCall,
): Taken {
  if (why === 'unknownHost') {
    return { err: `wget: unable to resolve host address ‘${host}’\n`, outcome: { status: 4 } }
  }
  if (why === 'refused') return { err: 'failed: Connection refused.\n', outcome: { status: 4 } }
  const fault = faultOf(why, stage)
  const { tries } = call.progress
  const most = options.tries ?? defaultTries
  const isFinal = why === 'noRoute' || why === 'unreachable'
  if (isFinal || (most > 0 && tries + 1 >= most)) {
    return { err: `${fault}\n${isFinal ? '' : 'Giving up.\n\n'}`, outcome: { status: 4 } }
  }
  const againAfterMs = Math.min(10, tries + 1) * 1000
  return { err: `${fault}\nRetrying.\n\n`, outcome: { againAfterMs } }
}

function answered(
  response: NetworkResponse,
  address: Address,
  options: WgetCall,
  call: ClientCall,
): Taken {
  const { status, body } = response
  if (status === 0) return { err: `${awaited}No data received.\n`, outcome: { status: 4 } }
  const headers = options.showsHeaders
    ? `\n${[statusLine(response), ...headerLines(response)].map((line) => `  ${line}\n`).join('')}`
    : `${status} ${reasonOf(status)}\n`
  const head = awaited + headers
  if (status >= 400) {
    const spider = options.isSpider
      ? 'Remote file does not exist -- broken link!!!\n\n'
      : `${timeOf(call)} ERROR ${status}: ${reasonOf(status)}.\n\n`
    return { err: head + spider, outcome: { status: 8 } }
  }
  const type = contentType(response)?.split(';')[0]
  const length = `Length: ${body.length}${type === undefined ? '' : ` [${type}]`}\n`
  if (options.isSpider)
    return { err: `${head}${length}Remote file exists.\n\n`, outcome: { status: 0 } }
  return saved(response, address, { options, call, before: head + length })
}

interface Saving {
  readonly options: WgetCall
  readonly call: ClientCall
  readonly before: string
}

function saved(
  { body }: NetworkResponse,
  address: Address,
  { options, call, before }: Saving,
): Taken {
  const { files, at } = call
  const target = freeName(targetOf(address, options), options, call)
  const toOutput = target === '-'
  const bar = `\n     0K ${' '.repeat(50)} 100% ${body.length}B=0s\n\n`
  const speed = `${timeOf(call)} (${body.length} B/s) - `
  const size = `[${body.length}/${body.length}]\n\n`
  const first = `Saving to: ‘${toOutput ? 'STDOUT' : target}’\n`
  const last = toOutput ? `written to stdout ${size}` : `‘${target}’ saved ${size}`
  const err = before + first + bar + speed + last
  if (toOutput) return { out: textFrom(body), err, outcome: { status: 0 } }
  const isNowhere = at(target) === '/dev/null'
  const failure = isNowhere ? undefined : failureOf(() => files.write(at(target), textFrom(body)))
  if (failure) return { err: `${before}${target}: ${failure.reason}\n`, outcome: { status: 3 } }
  return { err, outcome: { status: 0 } }
}

/** A file that is there already is kept: the next one gets a number. */
function freeName(target: string, { output }: WgetCall, { files, at }: ClientCall): string {
  if (output !== undefined) return output
  let name = target
  for (let number = 1; files.kindOf(at(name)) !== undefined; number++) name = `${target}.${number}`
  return name
}
