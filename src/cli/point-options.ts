import { type Command, Option } from 'commander'
import { readDuration } from '#api'
import type { SnapshotPoint } from '#cluster'
import { KnarrError } from '#lib'
import { parseTime } from '#machinery'
import { wholeNumber } from './options.ts'

/** Where in an exact snapshot a cluster is to go on from. */
export interface PointFlags {
  readonly at?: string
  readonly atRevision?: number
}

export function addPointOptions(command: Command): Command {
  const revision = new Option(
    '--at-revision <number>',
    'go on from the first instant that has this revision',
  )
  return command
    .option('--at <time>', 'go on from then: 90s after the start, or 2026-01-02T03:04:05Z')
    .addOption(revision.argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)).conflicts('at'))
}

/** @throws KnarrError `BadTime` */
export function pointOf({ at, atRevision }: PointFlags): SnapshotPoint | undefined {
  if (atRevision !== undefined) return { kind: 'revision', revision: atRevision }
  if (at === undefined) return undefined
  const wallMs = parseTime(at)
  if (wallMs !== undefined) return { kind: 'wall', ms: wallMs }
  const elapsedMs = readDuration(at)
  if (elapsedMs >= 0) return { kind: 'elapsed', ms: elapsedMs }
  throw new KnarrError('BadTime', `--at is neither a duration nor a time: ${at}`, {
    hint: 'Write it like 90s or 1h30m (after the start), or like 2026-01-02T03:04:05Z.',
  })
}
