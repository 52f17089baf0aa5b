import { type ExecOptions, type KubeObject, type LogOptions, parseTime } from '#machinery'
import { badRequest, invalid } from '#machinery/status'
import { type FieldError, fieldPath, invalidField, notSupportedField } from '#machinery/validation'

/** Kinds of options by subresource; what a proxy takes depends on what it leads to. */
const optionKinds: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
}

/** The options of a connect subresource as the core/v1 object that they are; `kind` is of its parent. */
export function connectOptionsOf(
  kind: string,
  subresource: string,
  query: URLSearchParams,
): KubeObject {
  const [container, path] = [query.get('container'), query.get('path')]
  const streams = ['stdin', 'stdout', 'stderr', 'tty'].filter((name) => flag(query, name))
  return Object.freeze({
    kind: optionKinds[subresource] ?? `${kind}ProxyOptions`,
    apiVersion: 'v1',
    ...Object.fromEntries(streams.map((name) => [name, true])),
    ...(container && { container }),
    ...(path && { path }),
    ...(query.has('command') && { command: query.getAll('command') }),
    ...(query.has('ports') && { ports: portsOf(query) }),
  })
}

/** core/v1 PodExecOptions and PodAttachOptions from a query. A terminal carries no stderr. */
export function execOptionsOf(query: URLSearchParams): ExecOptions {
  const tty = flag(query, 'tty')
  const options = {
    command: query.getAll('command'),
    stdin: flag(query, 'stdin'),
    stdout: flag(query, 'stdout'),
    stderr: flag(query, 'stderr') && !tty,
    tty,
  }
  if (options.stdin || options.stdout || options.stderr) return options
  throw badRequest('you must specify at least 1 of stdin, stdout, stderr')
}

/**
 * core/v1 PodLogOptions from a query.
 * @throws StatusError 400 for what is no number or flag, 422 for what upstream's validation refuses.
 */
export function logOptionsOf(query: URLSearchParams): LogOptions {
  const sinceTime = query.get('sinceTime') || undefined
  const stream = query.get('stream') || undefined
  const numbers = {
    sinceSeconds: integer(query, 'sinceSeconds'),
    tailLines: integer(query, 'tailLines'),
    limitBytes: integer(query, 'limitBytes'),
  }
  if (sinceTime !== undefined && parseTime(sinceTime) === undefined) {
    throw badRequest(`parsing time ${JSON.stringify(sinceTime)} as RFC 3339 failed`)
  }
  const errors = logErrors(numbers, { sinceTime, stream })
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, '', errors)
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    ...defined({ ...numbers, sinceTime }),
    ...(stream === undefined ? {} : { stream: stream as NonNullable<LogOptions['stream']> }),
  }
}

interface LogNumbers {
  readonly sinceSeconds: number | undefined
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
}

interface LogTexts {
  readonly sinceTime: string | undefined
  readonly stream: string | undefined
}

const logStreams = ['All', 'Stdout', 'Stderr']

function logErrors(numbers: LogNumbers, { sinceTime, stream }: LogTexts): readonly FieldError[] {
  const { sinceSeconds, tailLines, limitBytes } = numbers
  const atLeast = (name: keyof LogNumbers, least: number): readonly FieldError[] => {
    const value = numbers[name]
    if (value === undefined || value >= least) return []
    return [
      invalidField(
        fieldPath(name),
        value,
        `must be greater than ${least === 0 ? 'or equal to ' : ''}0`,
      ),
    ]
  }
  const both = sinceSeconds !== undefined && sinceTime !== undefined
  const which = 'at most one of `sinceTime` or `sinceSeconds` may be specified'
  const tailOfOne = tailLines !== undefined && stream !== undefined && stream !== 'All'
  return [
    ...(tailLines === undefined ? [] : atLeast('tailLines', 0)),
    ...(limitBytes === undefined ? [] : atLeast('limitBytes', 1)),
    ...(both ? [invalidField(fieldPath(), '', which)] : atLeast('sinceSeconds', 1)),
    ...(stream === undefined || logStreams.includes(stream)
      ? []
      : [notSupportedField(fieldPath('stream'), stream, logStreams)]),
    ...(tailOfOne
      ? [
          invalidField(
            fieldPath(),
            '',
            '`tailLines` and specific `stream` are mutually exclusive for now',
          ),
        ]
      : []),
  ]
}

/** The ports of a port-forward over WebSocket channels. */
export function portsOf(query: URLSearchParams): readonly number[] {
  return query
    .getAll('ports')
    .flatMap((list) => list.split(','))
    .map((text) => {
      const port = Number(text)
      if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
      throw badRequest(`query parameter "ports" must be a port number, not ${JSON.stringify(text)}`)
    })
}

/** A query flag as Go's conversion reads it: `false` and `0` are false, any other value is true. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== '' && value.toLowerCase() !== 'false' && value !== '0'
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const set = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [K in keyof T]?: NonNullable<T[K]> }
}
