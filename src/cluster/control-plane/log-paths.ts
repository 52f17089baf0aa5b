import type { PathHandler } from '#apiserver'
import { formatEntry, formatWhy, type History, type LogEntry, why } from '#history'
import type { ApiResponse } from '#machinery'
import { badRequest } from '#machinery/status'

/** Why an object is as it is: `?resource=pods&namespace=default&name=web&output=json`. */
const whyPath = '/knarr/v1/why'
/** The event log: `?follow=true&routine=true&output=json`. */
const logPath = '/knarr/v1/log'

/** Serves the event log, read only, to whoever RBAC lets at these paths. */
export function logPaths(history: History): ReadonlyMap<string, PathHandler> {
  return new Map<string, PathHandler>([
    [whyPath, async ({ request }) => answerWhy(history, request.query)],
    [logPath, async ({ request }, signal) => answerLog(history, request.query, signal)],
  ])
}

function answerWhy(history: History, query: URLSearchParams): ApiResponse {
  const [resource, name] = [query.get('resource'), query.get('name')]
  if (!resource || !name) throw badRequest('the parameters resource and name are required')
  const steps = why(history, { resource, name, namespace: query.get('namespace') ?? '' })
  return isJson(query) ? json(steps) : text(formatWhy(steps))
}

function answerLog(history: History, query: URLSearchParams, signal: AbortSignal): ApiResponse {
  const routine = query.get('routine') === 'true'
  const isShown = (entry: LogEntry) => routine || !entry.routine
  const write = (entry: LogEntry) =>
    `${isJson(query) ? JSON.stringify(entry) : formatEntry(entry)}\n`
  if (query.get('follow') !== 'true') {
    return text(history.entries.filter(isShown).map(write).join(''))
  }
  const chunks = followEntries(history, isShown, write, signal)
  return { status: 200, headers: {}, body: { kind: 'stream', contentType: plain, chunks } }
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
