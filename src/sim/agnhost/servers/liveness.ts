import { formatDuration } from '#machinery'
import type { Subcommand } from '../program/program.ts'
import {
  notFoundAnswer,
  queryOf,
  redirect,
  requestPath,
  type ServedRequest,
  textAnswer,
} from './http.ts'

const healthyMs = 10_000

/** `liveness`: a server that is well for ten seconds. */
export const liveness: Subcommand = {
  flags: {},
  start({ startedMs, world }) {
    const respond = (request: ServedRequest) => {
      const sinceMs = world.nowMs() - startedMs
      switch (requestPath(request)) {
        case '/started':
          return textAnswer(formatDuration(sinceMs))
        case '/healthz':
          return sinceMs > healthyMs
            ? textAnswer(`error: ${sinceMs / 1000}`, 500)
            : textAnswer('ok')
        case '/redirect':
          return redirect(queryOf(request).get('loc') ?? '')
        default:
          return notFoundAnswer()
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
