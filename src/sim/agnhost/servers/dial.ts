import { textFrom } from '../../process/bytes.ts'
import type { ProcessAnswer, ProcessRequest } from '../../process/process.ts'
import type { Run } from '../program/program.ts'
import { failure, type Give, type ServedAnswer, textAnswer } from './http.ts'

const limitMs = 5000

/** `/dial`: asks another server, over HTTP or UDP, so often; and tells what that said. */
export function dial(run: Run, query: URLSearchParams): ServedAnswer {
  const [host = '', port = '', request = '', protocol = '', tries = ''] = [
    'host',
    'port',
    'request',
    'protocol',
    'tries',
  ].map((name) => query.get(name) ?? '')
  run.log(
    `GET /dial?host=${host}&protocol=${protocol}&port=${port}&request=${request}&tries=${tries}`,
  )
  const count = tries === '' ? 1 : Number(tries)
  if (!Number.isInteger(count)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(tries)}: invalid syntax`
    return failure(400, `tries parameter is invalid. ${why}`)
  }
  if (request === '') return failure(400, 'request parameter not specified. <nil>')
  const kind = protocol.toLowerCase() || 'http'
  if (kind !== 'http' && kind !== 'udp') {
    return failure(400, `unsupported protocol. ${protocol}`)
  }
  const found = run.world.network.resolve(host)
  if (!found) {
    const why = `lookup ${host}: no such host`
    return failure(400, `host and/or port param are invalid. ${why}`)
  }
  const dialing = { host: found.ip, port: Number(port), kind, request, count } as const
  return (give) => repeat(run, dialing, give)
}

interface Dialing {
  readonly host: string
  readonly port: number
  readonly kind: 'http' | 'udp'
  readonly request: string
  readonly count: number
}

/** One after the other. */
function repeat({ world }: Run, dialing: Dialing, give: Give): void {
  const responses: string[] = []
  const errors: string[] = []
  const next = (left: number) => {
    if (left <= 0) {
      const output = {
        ...(errors.length > 0 && { errors }),
        ...(responses.length > 0 && { responses }),
      }
      give(textAnswer(JSON.stringify(output)))
      return
    }
    world.network.ask(requestOf(dialing), (answer) => {
      if (answer.kind === 'answered') responses.push(textFrom(answer.response.body))
      else errors.push(whyNot(dialing, answer))
      next(left - 1)
    })
  }
  next(dialing.count)
}

function requestOf({ host, port, kind, request }: Dialing): ProcessRequest {
  const place = { host, port, totalMs: limitMs, connectMs: limitMs }
  if (kind === 'udp') return { ...place, protocol: 'udp', data: request }
  return {
    ...place,
    method: 'GET',
    path: `/${encodeURI(request)}`,
    headers: [['Host', `${host}:${port}`]],
  }
}

function whyNot(
  { host, port, kind, request }: Dialing,
  { why }: ProcessAnswer & { readonly kind: 'failed' },
): string {
  const place = `${host}:${port}`
  if (kind === 'udp') {
    const cause = why === 'refused' ? 'recvfrom: connection refused' : 'i/o timeout'
    return `reading from udp connection failed. err:'read udp ->${place}: ${cause}'`
  }
  const url = `Get "http://${place}/${request}"`
  switch (why) {
    case 'refused':
      return `${url}: dial tcp ${place}: connect: connection refused`
    case 'unreachable':
      return `${url}: dial tcp ${place}: connect: network is unreachable`
    case 'noRoute':
      return `${url}: dial tcp ${place}: connect: no route to host`
    case 'timeout':
      return `${url}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    default:
      return `${url}: read tcp ->${place}: read: connection reset by peer`
  }
}
