/** What a call of curl asks for. */
export interface CurlCall {
  readonly urls: readonly string[]
  /** Values by the long name of their option, in order. */
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly flags: ReadonlySet<string>
  /** What is wrong with it. */
  readonly fault?: string
}

/** Options that take a value, by their letter where they have one. */
const withValue: Readonly<Record<string, string>> = {
  o: 'output',
  w: 'write-out',
  m: 'max-time',
  H: 'header',
  X: 'request',
  d: 'data',
  A: 'user-agent',
  u: 'user',
  e: 'referer',
  b: 'cookie',
}
const longWithValue: ReadonlySet<string> = new Set([
  ...Object.values(withValue),
  ...`cacert capath cert connect-timeout data-ascii data-binary data-raw data-urlencode interface json key max-redirs
    noproxy oauth2-bearer resolve retry retry-delay retry-max-time url`.split(/\s+/),
])

const flagLetters: Readonly<Record<string, string>> = {
  s: 'silent',
  S: 'show-error',
  f: 'fail',
  i: 'include',
  I: 'head',
  v: 'verbose',
  k: 'insecure',
  L: 'location',
  O: 'remote-name',
  g: 'globoff',
  N: 'no-buffer',
  G: 'get',
  q: 'disable',
  4: 'ipv4',
  6: 'ipv6',
}
const longFlags: ReadonlySet<string> = new Set([
  ...Object.values(flagLetters),
  ...`compressed create-dirs fail-with-body http1.0 http1.1 http2 no-keepalive no-progress-meter
    progress-bar retry-all-errors retry-connrefused tcp-nodelay`.split(/\s+/),
])

const numbers: ReadonlySet<string> = new Set([
  'max-time',
  'connect-timeout',
  'retry',
  'retry-delay',
  'retry-max-time',
])

/** Reads a command line of curl. */
export function readCurl(args: readonly string[]): CurlCall {
  const urls: string[] = []
  const values: Record<string, string[]> = {}
  const flags = new Set<string>()
  const done = (fault?: string): CurlCall => ({
    urls,
    values,
    flags,
    ...(fault === undefined ? {} : { fault }),
  })
  const words = [...args]
  const valueFor = (shown: string, name: string, given: string | undefined): string | undefined => {
    const value = given ?? words.shift()
    if (value === undefined) return `option ${shown}: requires parameter`
    if (numbers.has(name) && !/^\d{1,9}(\.\d{1,9})?$/.test(value))
      return `option ${shown}: expected a proper numerical parameter`
    if (name === 'url') urls.push(value)
    else values[name] = [...(values[name] ?? []), value]
    return undefined
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const fault = word.startsWith('--')
      ? long(word, flags, valueFor)
      : word.startsWith('-') && word !== '-'
        ? short(word, flags, valueFor)
        : void urls.push(word)
    if (fault !== undefined) return done(fault)
  }
  return done()
}

type TakesValue = (shown: string, name: string, given: string | undefined) => string | undefined

function long(word: string, flags: Set<string>, valueFor: TakesValue): string | undefined {
  const [name = '', given] = word.slice(2).split(/=(.*)/s)
  if (longWithValue.has(name)) return valueFor(`--${name}`, name, given)
  if (!longFlags.has(name)) return `option ${word}: is unknown`
  flags.add(name)
  return undefined
}

/** Letters in a row; the first that takes a value has what is left of the word, or the next one. */
function short(word: string, flags: Set<string>, valueFor: TakesValue): string | undefined {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    const name = withValue[letter]
    if (name !== undefined) return valueFor(`-${letter}`, name, word.slice(at + 1) || undefined)
    const flag = flagLetters[letter]
    if (flag === undefined) return `option -${letter}: is unknown`
    flags.add(flag)
  }
  return undefined
}
