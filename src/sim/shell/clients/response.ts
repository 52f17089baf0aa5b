import { STATUS_CODES } from 'node:http'
import type { NetworkResponse } from '../../model/fabric.ts'

/** `HTTP/1.1 404 Not Found`. */
export function statusLine({ status }: NetworkResponse): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`.trim()
}

/** The headers of a response, its length among them. */
export function headerLines({ headers, body }: NetworkResponse): readonly string[] {
  const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length')
  const all = hasLength ? headers : [...headers, ['content-length', String(body.length)] as const]
  return all.map(([name, value]) => `${name}: ${value}`)
}

/** The type of what a response brings, without its parameters. */
export function contentType({ headers }: NetworkResponse): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
}

/** The reason phrase of a status. */
export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown'
}
