import { homedir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { readDuration } from '#api'
import { KnarrError } from '#lib'

/** Root's clusters live beside other system state; anyone else's under their home. */
function defaultDataDir(): string {
  if (process.env.KNARR_DATA_DIR) return process.env.KNARR_DATA_DIR
  if (process.getuid?.() === 0) return '/var/lib/knarr'
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'knarr')
}

export function dataDirOption(): Option {
  return new Option('--data-dir <directory>', 'where the cluster keeps its state').default(
    defaultDataDir(),
  )
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print the result')
    .choices(['text', 'json'])
    .default('text')
}

/** A whole number within bounds; commander prints the message with the option's name. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    }
    return number
  }
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

/** Milliseconds of a flag that takes a duration above zero. */
export function positiveDuration(flag: string, text: string): number {
  const ms = readDuration(text)
  if (ms > 0) return ms
  throw new KnarrError('BadDuration', `${flag} is not a positive duration: ${text}`, {
    hint: 'Write it like 10s, 1m30s or 500ms.',
  })
}
