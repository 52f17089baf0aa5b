import { KnarrError } from '#lib'
import { type ApiRequest, encodeJson, type UserInfo } from '#machinery'
import type { LoadInput } from '../loads/loads.ts'

/** An input is what reached a simulated cluster from outside; with the seed the inputs decide everything. */
export type Input =
  | RequestInput
  /** The client closed its connection before the answer ended, for example a watch. */
  | { readonly kind: 'close'; readonly id: number }
  /** What came of a call out of the simulation. */
  | AnswerInput
  | LoadInput

/** What came of a call out of the simulation, as the journal keeps it. */
export interface AnswerInput {
  readonly kind: 'answer'
  /** Which of the calls, counted from the start. */
  readonly id: number
  readonly status?: number
  readonly contentType?: string
  /** The bytes as latin-1. */
  readonly body?: string
  /** Why there was no answer. */
  readonly error?: string
}

/** A request as the journal keeps it. */
export interface RequestInput {
  readonly kind: 'request'
  readonly id: number
  readonly method: ApiRequest['method']
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly headerValues?: Readonly<Record<string, readonly string[]>>
  /** The bytes of the body as latin-1; absent where there is none. */
  readonly body?: string
  /** The user who was authenticated; credentials are never kept. */
  readonly user: UserInfo
}

/** An input with its time. */
export interface JournalEntry {
  /** Virtual milliseconds since the start; inputs of one instant are in order. */
  readonly atMs: number
  readonly input: Input
  /** How many pieces of work of the instant had run; absent where all had. */
  readonly piece?: number
}

/** The journal holds all inputs since the start, as long as every one of them could be kept. */
export interface Journal {
  record(atMs: number, input: Input, piece?: number): void
  /** Says that an input is not kept, so that no replay is possible from now on. */
  markIncomplete(what: string): void
  /** Returns all inputs in order. @throws KnarrError `JournalIncomplete` */
  entries(): readonly JournalEntry[]
}

/** Beyond this many bytes the journal is incomplete. */
const defaultLimitBytes = 256 * 1024 * 1024
/** The estimated bytes of an entry besides its texts, and of a member of an object. */
const entryBytes = 512
const memberBytes = 32

/** Makes an empty journal that holds at most `limitBytes` bytes; default 256 MiB. */
export function createJournal(limitBytes = defaultLimitBytes): Journal {
  const entries: JournalEntry[] = []
  let bytes = 0
  let incomplete: string | undefined
  const markIncomplete = (what: string) => {
    incomplete ??= what
    entries.length = 0
  }
  return {
    record(atMs, input, piece) {
      if (incomplete !== undefined) return
      bytes += entryBytes + sizeOf(input)
      if (bytes > limitBytes)
        return markIncomplete('more was asked of it than its journal may hold')
      entries.push({ atMs, input, ...(piece !== undefined && { piece }) })
    },
    markIncomplete,
    entries() {
      if (incomplete === undefined) return [...entries]
      throw new KnarrError('JournalIncomplete', `this cluster cannot be replayed: ${incomplete}`, {
        hint: 'Take a warm snapshot instead (--type warm).',
      })
    },
  }
}

const keptHeaders = ['accept', 'audit-id', 'content-type', 'user-agent']

/** Turns a request into an input; header fields that decide nothing are left out. */
export function toInput(id: number, request: ApiRequest, user: UserInfo): RequestInput {
  const { method, path, query, headers, headerValues, body } = request
  const isKept = ([name]: readonly [string, unknown]) =>
    keptHeaders.includes(name) || name.startsWith('impersonate-')
  const values = Object.entries(headerValues ?? {}).filter(isKept)
  return {
    kind: 'request',
    id,
    method,
    path,
    query: query.toString(),
    headers: Object.fromEntries(Object.entries(headers).filter(isKept)),
    ...(values.length > 0 && { headerValues: Object.fromEntries(values) }),
    ...(body ? { body: encodeBody(body) } : {}),
    user,
  }
}

/** Turns an input into the request that it was, authenticated already. */
export function toRequest(input: RequestInput): ApiRequest {
  const { method, path, query, headers, headerValues, body, user } = input
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers,
    ...(headerValues && { headerValues }),
    user,
    isFromOutside: true,
    ...(body === undefined
      ? {}
      : { body: { kind: 'bytes' as const, bytes: Buffer.from(body, 'latin1') } }),
  }
}

/** Encodes a body as latin-1 text, which keeps any bytes, those of protobuf too. */
function encodeBody(body: NonNullable<ApiRequest['body']>): string {
  const bytes = body.kind === 'bytes' ? body.bytes : Buffer.from(encodeJson(body.value), 'utf8')
  return Buffer.from(bytes).toString('latin1')
}

function sizeOf(input: Input): number {
  if (input.kind === 'answer') return (input.body ?? '').length
  return input.kind === 'request' ? textBytes(input) : 0
}

/** Clients decide how long each of its texts is, and how many there are. */
function textBytes({ path, query, headers, headerValues, body, user }: RequestInput): number {
  const texts = [path, query, body, ...Object.values(headers), user.name, ...(user.groups ?? [])]
  const lists = [...Object.values(headerValues ?? {}), ...Object.values(user.extra ?? {})]
  let bytes = 0
  for (const text of [...texts, ...lists.flat()]) bytes += memberBytes + (text?.length ?? 0)
  return bytes
}
