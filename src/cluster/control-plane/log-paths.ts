import { readDuration } from '#api'
import type { ApiServer, PathHandler } from '#apiserver'
import {
  type ContainerRun,
  createLogFilter,
  formatEntry,
  formatWhy,
  type History,
  type LogEntry,
  type LogFilter,
  type Present,
  why,
} from '#history'
import { type Clock, KnarrError } from '#lib'
import {
  type ApiResponse,
  findResource,
  groupResourceOf,
  noSuchResource,
  parseTime,
  type UserInfo,
} from '#machinery'
import { badRequest, StatusError } from '#machinery/status'
import { timelineHandler, timelinePath } from './timeline-path.ts'

/** Why an object is as it is: `?resource=pods&namespace=default&name=web&output=json`. */
const whyPath = '/knarr/v1/why'
/**
 * The event log: `?follow=true&routine=true&output=json`, and what to select by: `resource`, `name`,
 * `namespace`, `kind`, `reason`, `since` and `until` (in milliseconds of wall time).
 */
const logPath = '/knarr/v1/log'

/** What the paths of the event log read. */
export interface LogPathsOptions {
  readonly history: History
  readonly clock: Pick<Clock, 'wallMs'>
  /** Only once the server stands. */
  readonly server: () => Pick<ApiServer, 'objects' | 'served' | 'handle'>
}

/** Serves the event log, read only, to whoever RBAC lets at these paths. */
export function logPaths(options: LogPathsOptions): ReadonlyMap<string, PathHandler> {
  return new Map<string, PathHandler>([
    [
      whyPath,
      ({ request, user }, signal) => answerWhy(options, { query: request.query, user }, signal),
    ],
    [timelinePath, timelineHandler(options.history, options.server)],
    [logPath, async ({ request }, signal) => answerLog(options, request.query, signal)],
  ])
}

interface Asked {
  readonly query: URLSearchParams
  readonly user: UserInfo
}

async function answerWhy(
  { history, clock, server }: LogPathsOptions,
  { query, user }: Asked,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const [resource, name] = [query.get('resource'), query.get('name')]
  if (!resource || !name) throw badRequest('the parameters resource and name are required')
  const object = { resource, name, namespace: query.get('namespace') ?? '' }
  const { objects, served, handle } = server()
  const present = { objects, served, nowMs: clock.wallMs() }
  // Told once to learn whose logs are wanted, and once more with them.
  const wanted = new Map<string, ContainerRun>()
  const ask = (run: ContainerRun) => {
    wanted.set(idOf(run), run)
    return []
  }
  const first = explain(history, object, { ...present, lastLines: ask })
  const lines = new Map<string, readonly string[]>()
  for (const [id, run] of wanted) lines.set(id, await lastLines(handle, { run, user }, signal))
  const lastLinesOf = (run: ContainerRun) => lines.get(idOf(run)) ?? []
  const steps =
    wanted.size === 0
      ? first
      : explain(history, object, { ...present, nowMs: clock.wallMs(), lastLines: lastLinesOf })
  return isJson(query) ? json(steps) : text(formatWhy(steps))
}

const idOf = (run: ContainerRun) => Object.values(run).join('/')

/** @throws StatusError 404 for an object that nobody knows */
function explain(history: History, object: Parameters<typeof why>[1], present: Present) {
  try {
    return why(history, object, present)
  } catch (error) {
    if (!(error instanceof KnarrError)) throw error
    throw new StatusError({ code: 404, reason: 'NotFound', message: error.message })
  }
}

/** The lines that `why` shows of a log. */
const shownLines = 3

/** Reads the end of a container's log as the user who asks; nothing where it cannot be read. */
async function lastLines(
  handle: ApiServer['handle'],
  { run, user }: { readonly run: ContainerRun; readonly user: UserInfo },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { namespace, pod, container, previous } = run
  const { status, body } = await handle(
    {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`,
      query: new URLSearchParams({
        container,
        tailLines: String(shownLines),
        limitBytes: '4096',
        ...(previous ? { previous: 'true' } : {}),
      }),
      headers: {},
      user,
    },
    signal,
  )
  if (status !== 200) return []
  const parts: Uint8Array[] = []
  if (body.kind === 'bytes') parts.push(body.bytes)
  if (body.kind === 'stream') for await (const chunk of body.chunks) parts.push(chunk)
  return Buffer.concat(parts).toString('utf8').split('\n').filter(Boolean)
}

function answerLog(
  { history, clock, server }: LogPathsOptions,
  query: URLSearchParams,
  signal: AbortSignal,
): ApiResponse {
  const isShown = createLogFilter(filterOf(query, server, clock))
  const write = (entry: LogEntry) =>
    `${isJson(query) ? JSON.stringify(entry) : formatEntry(entry)}\n`
  if (query.get('follow') !== 'true') {
    return text(history.entries.filter(isShown).map(write).join(''))
  }
  const chunks = followEntries(history, isShown, write, signal)
  return { status: 200, headers: {}, body: { kind: 'stream', contentType: plain, chunks } }
}

/** @throws StatusError 400 for a resource that is not served, or for a time that is none */
function filterOf(
  query: URLSearchParams,
  server: LogPathsOptions['server'],
  { wallMs }: Pick<Clock, 'wallMs'>,
): LogFilter {
  const text = (name: string) => query.get(name) || undefined
  const resource = text('resource')
  const found = resource === undefined ? undefined : findResource(server().served.all, resource)
  if (resource !== undefined && !found) throw badRequest(noSuchResource(resource))
  return {
    routine: query.get('routine') === 'true',
    resource: found && groupResourceOf(found),
    kind: found?.kind,
    name: text('name'),
    namespace: text('namespace'),
    reason: text('reason'),
    sinceMs: instantOf(text('since'), wallMs()),
    untilMs: instantOf(text('until'), wallMs()),
  }
}

/** Reads a time such as `2026-01-01T00:01:30Z`, or how long before now it was: `90s`. */
function instantOf(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  const agoMs = readDuration(text)
  const instant = Number.isFinite(agoMs) ? nowMs - agoMs : parseTime(text)
  if (instant !== undefined) return instant
  throw badRequest(`not a time: ${text} (write 90s for that long ago, or 2026-01-01T00:01:30Z)`)
}

/** What is kept, and then what comes; followed first, so that nothing falls between. */
async function* followEntries(
  history: History,
  isShown: (entry: LogEntry) => boolean,
  write: (entry: LogEntry) => string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const stop = new AbortController()
  const followed = history.follow(AbortSignal.any([signal, stop.signal]))
  try {
    const kept = history.entries.filter(isShown).map(write).join('')
    if (kept) yield Buffer.from(kept)
    for await (const entry of followed) if (isShown(entry)) yield Buffer.from(write(entry))
  } finally {
    stop.abort()
  }
}

const isJson = (query: URLSearchParams) => query.get('output') === 'json'

const plain = 'text/plain; charset=utf-8'

function text(content: string): ApiResponse {
  const bytes = Buffer.from(content)
  return { status: 200, headers: {}, body: { kind: 'bytes', contentType: plain, bytes } }
}

function json(value: unknown): ApiResponse {
  const bytes = Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
  const contentType = 'application/json'
  return { status: 200, headers: {}, body: { kind: 'bytes', contentType, bytes } }
}
