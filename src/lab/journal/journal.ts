import { KnarrError } from '#lib'
import type { ApiRequest, UserInfo } from '#machinery'
import type { LoadInput } from '../loads/loads.ts'

/** Something that reached a simulated cluster from outside; with the seed it decides everything. */
export type Input =
  | RequestInput
  /** Whoever asked left before the answer ended: a watch that was closed. */
  | { readonly kind: 'close'; readonly id: number }
  | LoadInput

export interface RequestInput {
  readonly kind: 'request'
  readonly id: number
  readonly method: ApiRequest['method']
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  /** As text; absent where there is none. */
  readonly body?: string
  /** Who was found to ask. Credentials are never kept. */
  readonly user: UserInfo
}

export interface JournalEntry {
  /** Virtual milliseconds since the start; inputs of one instant are in order. */
  readonly atMs: number
  readonly input: Input
}

/** All inputs since the start, for as long as all of them could be kept. */
export interface Journal {
  record(atMs: number, input: Input): void
  /** From now on a replay would miss something. */
  lose(what: string): void
  /** @throws KnarrError `JournalIncomplete` */
  entries(): readonly JournalEntry[]
}

/** Entries are refused beyond this many bytes of bodies. */
const defaultLimitBytes = 256 * 1024 * 1024
/** What an entry costs besides its body. */
const entryBytes = 256

export function createJournal(limitBytes = defaultLimitBytes): Journal {
  const entries: JournalEntry[] = []
  let bytes = 0
  let lost: string | undefined
  const lose = (what: string) => {
    lost ??= what
    entries.length = 0
  }
  return {
    record(atMs, input) {
      if (lost !== undefined) return
      bytes += entryBytes + (input.kind === 'request' ? (input.body?.length ?? 0) : 0)
      if (bytes > limitBytes) return lose('more was asked of it than its journal may hold')
      entries.push({ atMs, input })
    },
    lose,
    entries() {
      if (lost === undefined) return [...entries]
      throw new KnarrError('JournalIncomplete', `this cluster cannot be replayed: ${lost}`, {
        hint: 'Take a warm snapshot instead (--type warm).',
      })
    },
  }
}

const keptHeaders = ['accept', 'content-type', 'user-agent']

/** A request as the journal keeps it; header fields that decide nothing are left out. */
export function inputOf(id: number, request: ApiRequest, user: UserInfo): RequestInput {
  const { method, path, query, headers, body } = request
  const kept = Object.entries(headers).filter(
    ([name]) => keptHeaders.includes(name) || name.startsWith('impersonate-'),
  )
  return {
    kind: 'request',
    id,
    method,
    path,
    query: query.toString(),
    headers: Object.fromEntries(kept),
    ...(body ? { body: textOf(body) } : {}),
    user,
  }
}

/** The request again, as the pipeline takes it. */
export function requestOf(input: RequestInput): ApiRequest {
  const { method, path, query, headers, body, user } = input
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    user,
    ...(body === undefined
      ? {}
      : { body: { kind: 'bytes' as const, bytes: Buffer.from(body, 'latin1') } }),
  }
}

/** Bytes as latin-1, which keeps any of them, also those of protobuf. */
function textOf(body: NonNullable<ApiRequest['body']>): string {
  const bytes = body.kind === 'bytes' ? body.bytes : Buffer.from(JSON.stringify(body.value), 'utf8')
  return Buffer.from(bytes).toString('latin1')
}
