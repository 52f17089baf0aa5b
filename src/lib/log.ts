import type { Clock } from './clock/clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** Structured logging. Fields are data, never secrets. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same sink with these fields on every line. */
  with(fields: LogFields): Logger
}

export interface LogLine {
  readonly wallMs: number
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

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

/** Discards everything. */
export const silentLogger: Logger = {
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
  with: () => silentLogger,
}
