import type { LogLevel, LogLine } from '#lib'

/** How the log of a cluster is written: for people, or as components of Kubernetes write JSON. */
export type LogFormat = 'text' | 'json'

/** All formats, for `--log-format`. */
export const logFormats: readonly LogFormat[] = ['text', 'json']

/** Writes lines of a format, on standard error unless it is told where. */
export function lineWriter(
  format: LogFormat,
  write: (text: string) => void = (text) => void process.stderr.write(text),
): (line: LogLine) => void {
  const textOf = format === 'json' ? jsonLine : textLine
  return (line) => write(`${textOf(line)}\n`)
}

/**
 * `2026-01-01T00:00:00.000Z WARN will try a key again key="a/b"`: the time, the level, the message, and what
 * belongs to it.
 */
function textLine({ wallMs, level, message, fields }: LogLine): string {
  const time = new Date(wallMs).toISOString()
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  const pairs = known.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
  return `${time} ${level.toUpperCase().padEnd(5)} ${JSON.stringify(message).slice(1, -1)}${pairs.join('')}`
}

/** The verbosity that a level stands for; errors have none (component-base's `logs/json`). */
const verbosity: Readonly<Record<LogLevel, number | undefined>> = {
  debug: 4,
  info: 0,
  warn: 0,
  error: undefined,
}

/** A line with the keys of Kubernetes' JSON logs: `ts` in milliseconds, `v`, `msg`, `err`, then what belongs to it. */
function jsonLine({ wallMs, level, message, fields }: LogLine): string {
  const { error, ...others } = fields
  const v = verbosity[level]
  return JSON.stringify({
    ts: wallMs,
    msg: message,
    ...(v !== undefined && { v }),
    ...(error !== undefined && { err: error }),
    ...Object.fromEntries(
      Object.entries(others).map(([name, value]) => [
        ownKeys.has(name) ? `field.${name}` : name,
        value,
      ]),
    ),
  })
}

/** What a field may not be called, since the line itself has it. */
const ownKeys: ReadonlySet<string> = new Set(['ts', 'msg', 'v', 'err'])
