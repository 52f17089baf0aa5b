import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { type Clock, KnarrError, messageOf } from '#lib'
import type { RotationLimits } from './options.ts'

/** A file that lines are appended to, for its owner's eyes; a full one gives way to a new one. */
export interface RotatingFile extends Disposable {
  /** How many bytes it still takes before it is rotated. */
  readonly room: number
  /** @throws Error for more bytes than a file may have, or what the system says. */
  appendSync(bytes: Uint8Array): void
  /** The same, which is written while others go on; one at a time. */
  append(bytes: Uint8Array): Promise<void>
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * Opens a file for lines, whose predecessors are kept beside it under the time of their rotation
 * (`audit-2026-01-02T03-04-05.678.log`), as upstream's log writer does.
 * @throws KnarrError `AuditLogNotWritable`
 */
export function openRotatingFile(
  path: string,
  limits: RotationLimits,
  clock: Pick<Clock, 'wallMs'>,
): RotatingFile {
  const maxBytes =
    limits.maxSizeMegabytes === 0 ? Number.POSITIVE_INFINITY : limits.maxSizeMegabytes * 1024 * 1024
  let file = opened(path)
  let size = fstatSync(file).size
  /** Makes room for so many bytes. */
  const prepare = (length: number) => {
    if (length > maxBytes) {
      throw new Error(`write length ${length} exceeds maximum file size ${maxBytes}`)
    }
    if (size + length <= maxBytes) return
    const { mode } = fstatSync(file)
    setAside(path, backupPath(path, clock.wallMs()))
    const next = openSync(path, 'a', mode & 0o777)
    closeSync(file)
    file = next
    size = 0
    removeOld(path, limits, clock.wallMs())
  }
  removeOld(path, limits, clock.wallMs())
  return {
    get room() {
      return maxBytes - size
    },
    appendSync(bytes) {
      prepare(bytes.length)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      size += bytes.length
    },
    async append(bytes) {
      prepare(bytes.length)
      for (let at = 0; at < bytes.length; ) at += await written(file, bytes, at)
      size += bytes.length
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** What somebody else has moved or deleted is out of the way already. */
function setAside(path: string, backup: string): void {
  try {
    renameSync(path, backup)
  } catch (error) {
    // Cast: errors of the file system have codes.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function opened(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    const message = `the audit log cannot be written: ${messageOf(cause)}`
    throw new KnarrError('AuditLogNotWritable', message, { cause })
  }
}

function written(file: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) =>
    write(file, bytes, at, (error, count) => (error ? reject(error) : resolve(count))),
  )
}

/** What stands before and behind the time in the names of backups. */
function nameParts(path: string): readonly [prefix: string, suffix: string] {
  const suffix = extname(path)
  return [`${basename(path, suffix)}-`, suffix]
}

function backupPath(path: string, nowMs: number): string {
  const [prefix, suffix] = nameParts(path)
  const time = new Date(nowMs).toISOString().slice(0, -1).replaceAll(':', '-')
  return join(dirname(path), `${prefix}${time}${suffix}`)
}

const backupTime = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3})$/

function removeOld(path: string, { maxAgeDays, maxBackups }: RotationLimits, nowMs: number): void {
  const [prefix, suffix] = nameParts(path)
  const backups = readdirSync(dirname(path))
    .flatMap((name) => {
      if (!name.startsWith(prefix) || !name.endsWith(suffix)) return []
      const time = backupTime.exec(name.slice(prefix.length, name.length - suffix.length))
      return time ? [{ name, ms: Date.parse(`${time[1]}:${time[2]}:${time[3]}Z`) }] : []
    })
    .sort((a, b) => b.ms - a.ms)
  for (const [index, { name, ms }] of backups.entries()) {
    const isSurplus = maxBackups > 0 && index >= maxBackups
    const isOld = maxAgeDays > 0 && ms < nowMs - maxAgeDays * dayMs
    if (isSurplus || isOld) rmSync(join(dirname(path), name), { force: true })
  }
}
