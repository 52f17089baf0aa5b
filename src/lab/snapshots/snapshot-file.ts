import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { KnarrError } from '#lib'
import type { JournalEntry } from '../journal/journal.ts'

/** The content of a snapshot: what restores a simulated cluster. */
export type SnapshotContent<Options, State> =
  /** Replayed from the start, byte for byte. */
  | {
      readonly type: 'Exact'
      readonly options: Options
      /** What the replay begins with, when the cluster itself began with a warm snapshot. */
      readonly base?: State
      readonly journal: readonly JournalEntry[]
      /** Virtual milliseconds since the start. */
      readonly atMs: number
      /** Of the event log then; a replay that comes to another one is refused. */
      readonly digest: string
    }
  /** Loaded as it is; all components start over it, as after a crash. */
  | { readonly type: 'Warm'; readonly options: Options; readonly state: State }

const format = 'knarr-snapshot'
const version = 1
/** The most bytes of unpacked content; more is refused before it is unpacked whole. */
const limitBytes = 1024 * 1024 * 1024

/** Encodes a snapshot as a line of JSON that describes it, followed by its content, gzipped. */
export function encodeSnapshot(content: SnapshotContent<unknown, unknown>): Uint8Array {
  const body = gzipSync(JSON.stringify(content), { level: 6 })
  const header = { format, version, type: content.type, bytes: body.length, sha256: digestOf(body) }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body])
}

interface Header {
  readonly format?: unknown
  readonly version?: unknown
  readonly bytes?: unknown
  readonly sha256?: unknown
}

/**
 * Decodes a snapshot, its checksum verified.
 * @throws KnarrError `BadSnapshot` for a file that is damaged, cut short, or of another version.
 */
export function decodeSnapshot<Options, State>(file: Uint8Array): SnapshotContent<Options, State> {
  const end = file.indexOf(0x0a)
  const header = readHeader(file.subarray(0, Math.max(0, end)))
  if (header.format !== format) throw badSnapshot('it is not a snapshot of knarr')
  if (header.version !== version) {
    throw badSnapshot(`its version is ${header.version}, this knarr reads ${version}`)
  }
  const body = file.subarray(end + 1)
  if (body.length !== header.bytes) {
    throw badSnapshot(`it has ${body.length} bytes of content instead of ${header.bytes}`)
  }
  if (digestOf(body) !== header.sha256)
    throw badSnapshot('its checksum does not match: it is damaged')
  try {
    return checkContent(
      JSON.parse(gunzipSync(body, { maxOutputLength: limitBytes }).toString('utf8')),
    )
  } catch (cause) {
    throw badSnapshot('its content cannot be read', cause)
  }
}

/** Returns the content if no part of it is missing. @throws Error */
function checkContent<Content extends SnapshotContent<unknown, unknown>>(
  content: Content,
): Content {
  if (content.options && hasParts(content)) return content
  throw new Error(`a part of the ${content.type} snapshot is missing`)
}

function hasParts(content: SnapshotContent<unknown, unknown>): boolean {
  if (content.type === 'Warm') return Boolean(content.state)
  if (content.type !== 'Exact') return false
  const { journal, atMs, digest } = content
  return Array.isArray(journal) && Number.isFinite(atMs) && Boolean(digest)
}

function readHeader(line: Uint8Array): Header {
  try {
    return (JSON.parse(Buffer.from(line).toString('utf8')) ?? {}) as Header
  } catch {
    return {}
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function badSnapshot(why: string, cause?: unknown): KnarrError {
  return new KnarrError('BadSnapshot', `the snapshot cannot be used: ${why}`, {
    hint: "Take another one with 'knarr snapshot save'.",
    ...(cause === undefined ? {} : { cause }),
  })
}
