import type { Clock } from './clock/clock.ts'

/** The levels of log lines go from what only developers want to know to what needs somebody. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** The fields of a log line are data beside its message, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>

/** A logger writes structured lines. Fields are data, never secrets. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same sink with these fields on every line. */
  with(fields: LogFields): Logger
}

/** A log line is a message with its level, its time and its fields. */
export interface LogLine {
  readonly wallMs: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Makes a logger that hands each line to `write`, with the time of the clock. */
export function createLogger(
  clock: Clock,
  write: (line: LogLine) => void,
  options: { readonly level?: LogLevel; readonly fields?: LogFields } = {},
): Logger {
  const lowest = levels.indexOf(options.level ?? 'info')
  const fields = options.fields ?? {}
  const at = (level: LogLevel) => (message: string, more?: LogFields) => {
    if (levels.indexOf(level) < lowest) return
    write({
      wallMs: clock.wallMs(),
      level,
      message,
      fields: more ? { ...fields, ...more } : fields,
    })
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLogger(clock, write, { ...options, fields: { ...fields, ...more } }),
  }
}

const silence = () => {
  /* discards the line */
}

/** The silent logger discards every line. */
export const silentLogger: Logger = {
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
  with: () => silentLogger,
}
