import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Disturbance } from '../zone/feed.ts'
import type { NamedService } from '../zone/names.ts'

/** How the process is spoken to; one that speaks another is ended and started anew. */
export const protocolVersion = 1

/** Where on this machine a node's name server listens, and for which zone. */
export interface NameServerSite {
  readonly node: string
  /** Path of the node's network namespace; absent for the machine's own. */
  readonly netns?: string
  readonly domain: string
  /** Addresses of the Service by which pods reach it. */
  readonly servers: readonly string[]
}

/** What a node tells the process of its cluster's machine, a line of JSON each. */
export type ToNameServer =
  /** The nodes that this machine has; name servers of others are closed. */
  | { readonly kind: 'nodes'; readonly names: readonly string[] }
  | { readonly kind: 'open'; readonly site: NameServerSite; readonly port: number | undefined }
  | { readonly kind: 'put'; readonly key: string; readonly service: NamedService | null }
  | { readonly kind: 'disturb'; readonly disturbance: Disturbance }
  | { readonly kind: 'namespaces'; readonly names: readonly string[] }
  /** Everything was told: what was not is no more. */
  | { readonly kind: 'complete'; readonly keys: readonly string[] }

/** What it answers. */
export type FromNameServer =
  | { readonly kind: 'hello'; readonly version: number }
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }

/** Where the process of a data directory keeps its things. */
export interface NameServerLayout {
  readonly dataDir: string
  readonly directory: string
  readonly socket: string
  readonly processFile: string
  readonly logFile: string
}

/** A unix socket's path holds 107 bytes. */
const longestSocketPath = 107

/** Purely from the data directory, so that a later process finds what an earlier one started. */
export function nameServerLayout(given: string): NameServerLayout {
  const dataDir = resolve(given)
  const directory = join(dataDir, 'dns')
  const socket = join(directory, 'dns.sock')
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 12)
  return {
    dataDir,
    directory,
    socket:
      Buffer.byteLength(socket) <= longestSocketPath
        ? socket
        : join('/run/knarr', digest, 'dns.sock'),
    processFile: join(directory, 'process'),
    logFile: join(directory, 'dns.log'),
  }
}

/** Makes what takes bytes as they come, and hands on each line as the value it is. */
export function readLines<T>(onValue: (value: T) => void): (chunk: Buffer) => void {
  let held: readonly Buffer[] = []
  return (chunk) => {
    let rest = chunk
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...held, rest.subarray(0, end)]).toString()
      held = []
      rest = rest.subarray(end + 1)
      // Cast: both ends are of this program, and speak the same version.
      onValue(JSON.parse(line) as T)
    }
    if (rest.length > 0) held = [...held, rest]
  }
}

/** A value as a line. */
export const lineOf = (value: ToNameServer | FromNameServer): string => `${JSON.stringify(value)}\n`
