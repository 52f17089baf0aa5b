import { request } from 'node:https'
import { seededRandom } from '#lib'
import { createRequests, namespaceOf, type SoakRequest } from './requests-fixture.ts'
import type { SoakedServer } from './server-fixture.ts'

/** Sends requests, and counts how they were answered. */
export interface Soak {
  readonly sent: number
  /** Sends so many, in a namespace that is deleted at the end. */
  run(count: number): Promise<void>
  answers(): string
  /** The first requests that the server itself failed at, which none should. */
  readonly failed: readonly string[]
}

const atOnce = 32
const json = { 'content-type': 'application/json' }

export function createSoak(server: SoakedServer, seed: number): Soak {
  const next = createRequests(seededRandom(seed))
  const statuses = new Map<number | string, number>()
  let sent = 0
  let interval = 0
  const failed: string[] = []
  const send = async (asked: SoakRequest) => {
    const status = await statusOf(server, asked)
    if (status === 500 && failed.length < 20) failed.push(describe(asked))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    sent++
  }
  return {
    get sent() {
      return sent
    },
    failed,
    async run(count) {
      const name = namespaceOf(++interval)
      const asAdmin = { headers: json, isAdmin: true }
      const body = Buffer.from(JSON.stringify({ metadata: { name } }))
      await send({ ...asAdmin, method: 'POST', target: '/api/v1/namespaces', body })
      let left = count
      const worker = async () => {
        while (left-- > 0) await send(next(interval))
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      await send({ ...asAdmin, method: 'DELETE', target: `/api/v1/namespaces/${name}` })
    },
    answers: () =>
      [...statuses]
        .map(([status, count]) => `${status}: ${count}`)
        .toSorted()
        .join(', '),
  }
}

/** The status of the answer once it is read, or why there is none. */
function statusOf(server: SoakedServer, asked: SoakRequest): Promise<number | string> {
  const { method, target, headers, body, isAdmin, hangsUp } = asked
  return new Promise((resolve) => {
    const call = request({
      host: '127.0.0.1',
      port: server.port,
      agent: isAdmin ? server.admin : server.stranger,
      method,
      path: target,
      headers: { ...headers, ...(body && { 'content-length': body.length }) },
    })
    call.on('error', ({ message }) => resolve(hangsUp ? 'hung up' : message))
    call.on('response', (answer) => {
      answer.on('error', () => resolve('hung up'))
      answer.on('end', () => resolve(answer.statusCode ?? 0))
      if (hangsUp === 'reading') answer.once('data', () => call.destroy())
      answer.on('close', () => resolve(answer.statusCode ?? 0))
      answer.resume()
    })
    // A watch of what nobody changes sends nothing to hang up on.
    if (hangsUp === 'reading') call.setTimeout(20, () => call.destroy())
    if (hangsUp === 'sending' && body) {
      call.write(body.subarray(0, body.length / 2), () => call.destroy())
    } else call.end(body)
  })
}

function describe({ method, target, headers, body }: SoakRequest): string {
  const sent = body === undefined ? '' : ` ${body.toString('latin1', 0, 2_000)}`
  return `${method} ${target} ${JSON.stringify(headers)}${sent}`
}
