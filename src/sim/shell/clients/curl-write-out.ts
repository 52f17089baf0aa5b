import type { NetworkResponse } from '../../model/fabric.ts'
import { type Address, wholeUrl } from './client.ts'
import { contentType } from './response.ts'

/** What came of one request of curl. */
export interface CurlResult {
  readonly address: Address
  readonly method: string
  readonly tookMs: number
  /** Empty for a host that is not known. */
  readonly ip: string
  readonly response?: NetworkResponse
  /** What curl ends with. */
  readonly status: number
  readonly fault?: string
}

type Value = (outcome: CurlResult, bytes: number) => string | number

const seconds: Value = ({ tookMs }) => (tookMs / 1000).toFixed(6)
const code: Value = ({ response }) => String(response?.status ?? 0).padStart(3, '0')

const values: Readonly<Record<string, Value>> = {
  content_type: ({ response }) => (response && contentType(response)) ?? '',
  errormsg: ({ fault = '' }) => fault,
  exitcode: ({ status }) => status,
  http_code: code,
  http_version: ({ response }) => (response ? '1.1' : '0'),
  method: ({ method }) => method,
  num_connects: ({ response }) => (response ? 1 : 0),
  num_redirects: () => 0,
  remote_ip: ({ ip, response }) => (response ? ip : ''),
  remote_port: ({ address, response }) => (response ? address.port : 0),
  response_code: code,
  scheme: ({ address }) => address.scheme,
  size_download: (_, bytes) => bytes,
  time_connect: () => '0.000000',
  time_namelookup: () => '0.000000',
  time_starttransfer: seconds,
  time_total: seconds,
  url: ({ address }) => address.text,
  url_effective: ({ address }) => wholeUrl(address),
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** `-w`: variables as `%{http_code}`, and `\n`, `\r` and `\t`; `%%` is the sign itself. */
export function writtenOut(format: string, outcome: CurlResult, bytes: number): string {
  return format.replace(/%\{(\w+)\}|%%|\\([nrt])/g, (found, name?: string, letter?: string) => {
    if (letter !== undefined) return escapes[letter] ?? found
    if (name === undefined) return '%'
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value ? String(value(outcome, bytes)) : ''
  })
}
