import { withoutEnd, withoutStart } from '../patterns/trim.ts'

/** What a request says before its body. */
export interface HttpHead {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly bodyBytes: number
  /** Whether the client wants to ask again over this connection. */
  readonly keepAlive: boolean
}

const requestLine = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/
const blanks = ' \t'

/** Reads request line and headers; `undefined` when it is not HTTP/1. Chunked bodies are refused. */
export function parseHead(text: string): HttpHead | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const [, method, target, minor] = requestLine.exec(first) ?? []
  if (method === undefined || target === undefined) return undefined
  const headers: (readonly [string, string])[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    if (!headerName.test(name)) return undefined
    headers.push([name, withoutEnd(withoutStart(line.slice(colon + 1), blanks), blanks)])
  }
  const headerOf = (wanted: string) =>
    headers.find(([name]) => name.toLowerCase() === wanted)?.[1].toLowerCase()
  const bodyBytes = Number(headerOf('content-length') ?? 0)
  if (!Number.isSafeInteger(bodyBytes) || bodyBytes < 0) return undefined
  if (headerOf('transfer-encoding') !== undefined) return undefined
  const connection = headerOf('connection')
  const keepAlive = minor === '1' ? connection !== 'close' : connection === 'keep-alive'
  return { method, path: pathOf(target), headers, bodyBytes, keepAlive }
}

/** A client of a proxy names the whole address. */
function pathOf(target: string): string {
  const url = target.startsWith('/') ? null : URL.parse(target)
  return url === null ? target : `${url.pathname}${url.search}`
}
