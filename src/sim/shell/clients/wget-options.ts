import { withoutEnd } from '../../patterns/trim.ts'
import type { HttpProcessRequest } from '../../process/process.ts'
import { type Address, type ClientCall, fileNameOf, hostOf, secondsIn } from './client.ts'

/** What a call of wget asks for. */
export interface WgetCall {
  readonly urls: readonly string[]
  readonly isQuiet: boolean
  readonly isSpider: boolean
  readonly showsHeaders: boolean
  readonly output: string | undefined
  readonly directory: string | undefined
  readonly headers: readonly string[]
  readonly agent: string | undefined
  readonly data: string | undefined
  readonly method: string | undefined
  readonly timeoutMs: number | undefined
  readonly tries: number | undefined
  /** An option that it does not have. */
  readonly unknown: string | undefined
}

const withValue: Readonly<Record<string, string>> = {
  O: 'output-document',
  T: 'timeout',
  t: 'tries',
  P: 'directory-prefix',
  U: 'user-agent',
  o: 'output-file',
  Y: 'proxy',
}
const longWithValue: ReadonlySet<string> = new Set([
  ...Object.values(withValue),
  ...'body-data connect-timeout dns-timeout header method post-data read-timeout wait waitretry'.split(
    ' ',
  ),
])
const flagLetters: Readonly<Record<string, string>> = {
  q: 'quiet',
  S: 'server-response',
  c: 'continue',
  4: 'inet4-only',
  6: 'inet6-only',
}
const longFlags: ReadonlySet<string> = new Set([
  ...Object.values(flagLetters),
  ...'spider no-check-certificate no-verbose no-proxy no-hsts no-cache show-progress retry-connrefused'.split(
    ' ',
  ),
])

/** Reads a command line of wget. */
export function readWget(args: readonly string[]): WgetCall {
  const values: Record<string, string[]> = {}
  const flags = new Set<string>()
  const urls: string[] = []
  const words = [...args]
  let unknown: string | undefined
  const take = (name: string, given: string | undefined) => {
    values[name] = [...(values[name] ?? []), given ?? words.shift() ?? '']
  }
  const letters = (word: string) => {
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] ?? ''
      const [name, flag] = [withValue[letter], flagLetters[letter]]
      if (name !== undefined) return take(name, word.slice(at + 1) || undefined)
      // `-nv` and its like are two letters of one option.
      if (letter === 'n') return void flags.add('no-verbose')
      if (flag === undefined) unknown ??= letter
      else flags.add(flag)
    }
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [name = '', given] = word.slice(2).split(/=(.*)/s)
    if (!word.startsWith('-') || word === '-') urls.push(word)
    else if (!word.startsWith('--')) letters(word)
    else if (longWithValue.has(name)) take(name, given)
    else if (longFlags.has(name)) flags.add(name)
    else unknown ??= word
  }
  const last = (name: string) => values[name]?.at(-1)
  const limits = ['timeout', 'read-timeout', 'connect-timeout'].flatMap(
    (name) => secondsIn(last(name)) ?? [],
  )
  const tries = last('tries')
  return {
    urls,
    isQuiet: flags.has('quiet'),
    isSpider: flags.has('spider'),
    showsHeaders: flags.has('server-response'),
    output: last('output-document'),
    directory: last('directory-prefix'),
    headers: values.header ?? [],
    agent: last('user-agent'),
    data: last('post-data') ?? last('body-data'),
    method: last('method'),
    timeoutMs: limits[0] || undefined,
    tries: tries === undefined ? undefined : Number(tries),
    unknown,
  }
}

/** The request of a call to one of its addresses. */
export function wgetRequest(
  address: Address,
  { agent, data, headers, isSpider, method, timeoutMs }: WgetCall,
  { isBusybox }: ClientCall,
): HttpProcessRequest {
  const own: readonly (readonly [string, string | undefined])[] = [
    ['Host', hostOf(address)],
    ['User-Agent', agent ?? (isBusybox ? 'Wget' : 'Wget/1.21.3')],
    ['Accept', isBusybox ? undefined : '*/*'],
    ['Content-Type', data === undefined ? undefined : 'application/x-www-form-urlencoded'],
    ['Content-Length', data === undefined ? undefined : String(Buffer.byteLength(data))],
    ['Connection', isBusybox ? 'close' : 'Keep-Alive'],
  ]
  const usual = data === undefined ? (isSpider ? 'HEAD' : 'GET') : 'POST'
  // Without an option, GNU's waits for 900 s and busybox's for ever.
  const totalMs = timeoutMs ?? (isBusybox ? undefined : 900_000)
  return {
    host: address.host,
    port: address.port,
    path: address.path,
    method: method ?? usual,
    headers: [
      ...own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      ...headers.map(
        (line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1).trim()] as const,
      ),
    ],
    ...(data === undefined ? {} : { body: data }),
    ...(address.scheme === 'https' && { isSecure: true }),
    ...(totalMs === undefined ? {} : { totalMs }),
  }
}

/** The file that an address is saved to; `-` is the output. */
export function targetOf(address: Address, { output, directory }: WgetCall): string {
  if (output !== undefined) return output
  const name = fileNameOf(address) || 'index.html'
  return directory === undefined ? name : `${withoutEnd(directory, '/')}/${name}`
}
