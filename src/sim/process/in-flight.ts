import type { NetworkResponse } from '../model/fabric.ts'
import { earliest, isDue } from './consumption.ts'

/** A request that a server works on. */
interface InFlight {
  readonly doneAtMs: number
  readonly response: NetworkResponse
  readonly answer: (response: NetworkResponse) => void
}

/** The requests that a server works on. */
export interface InFlightRequests {
  add(request: InFlight): void
  /** Answers those that are done. */
  answerDue(nowMs: number): void
  /** Forgets them: whoever asked finds the connection reset. */
  clear(): void
  /** When the next one is done; undefined when there is none. */
  readonly nextMs: number | undefined
}

export function createInFlight(): InFlightRequests {
  const requests = new Set<InFlight>()
  return {
    add: (request) => void requests.add(request),
    answerDue(nowMs) {
      for (const request of [...requests]) {
        if (!isDue(request.doneAtMs, nowMs)) continue
        requests.delete(request)
        request.answer(request.response)
      }
    },
    clear: () => requests.clear(),
    get nextMs() {
      return earliest(...[...requests].map(({ doneAtMs }) => doneAtMs))
    },
  }
}
