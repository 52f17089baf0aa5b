import { formatDuration } from '#machinery'
import type { Subcommand } from '../program.ts'
import { type HttpRequest, notFound, pathOf, queryOf, redirect, text } from './http.ts'

const healthyMs = 10_000

/** `liveness`: a server that is well for ten seconds. */
export const liveness: Subcommand = {
  flags: {},
  start({ startedMs, world }) {
    const respond = (request: HttpRequest) => {
      const sinceMs = world.nowMs() - startedMs
      switch (pathOf(request)) {
        case '/started':
          return text(formatDuration(sinceMs))
        case '/healthz':
          return sinceMs > healthyMs ? text(`error: ${sinceMs / 1000}`, 500) : text('ok')
        case '/redirect':
          return redirect(queryOf(request).get('loc') ?? '')
        default:
          return notFound()
      }
    }
    return {
      tcp: [8080],
      answer: (request, _port, give) => {
        if (request.protocol === 'http') give(respond(request))
      },
    }
  },
}
