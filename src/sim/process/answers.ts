import type { Behaviour } from '../behaviour/behaviour.ts'
import type { NetworkRequest, NetworkResponse } from '../model/fabric.ts'
import { bytesOf } from './bytes.ts'
import type { ProcessWorld } from './process.ts'

/** What a server answers, `sinceMs` after its start. */
export function respond(
  request: Exclude<NetworkRequest, { readonly protocol: 'udp' }>,
  behaviour: Behaviour,
  sinceMs: number,
): NetworkResponse {
  const isReady = behaviour.ready.findLast(({ fromMs }) => fromMs <= sinceMs)?.isReady ?? true
  if (request.protocol === 'grpc') return responseOf(isReady ? 200 : 503, '')
  const path = request.path.split('?')[0] ?? ''
  const given = behaviour.answers
    .filter(([prefix]) => path.startsWith(prefix))
    .toSorted(([a], [b]) => b.length - a.length)[0]?.[1]
  const status = isReady ? (given ?? 200) : 503
  return responseOf(
    status,
    `${behaviour.owner}: ${isReady ? request.method : 'not ready'} ${path}\n`,
  )
}

/** `httpd -p PORT -h DIRECTORY`, as busybox has it. */
export interface FileServer {
  readonly ports: readonly number[]
  answer(request: NetworkRequest): NetworkResponse
}

/** Undefined for a command line that is none. */
export function fileServerOf(
  argv: readonly string[],
  { files }: ProcessWorld,
): FileServer | undefined {
  const [program = ''] = argv
  const textAfter = (flag: string) => argv[argv.indexOf(flag) + 1] ?? ''
  if (!/(^|\/)httpd$/.test(program) || !argv.includes('-h')) return undefined
  return {
    ports: [argv.includes('-p') ? Number(textAfter('-p')) : 80],
    answer(request) {
      const path = request.protocol === 'http' ? (request.path.split('?')[0] ?? '') : ''
      const text = files.read(textAfter('-h') + path.replace(/\/$/, '/index.html'))
      return text === undefined ? responseOf(404, 'not found\n') : responseOf(200, text)
    },
  }
}

function responseOf(status: number, text: string): NetworkResponse {
  const body = bytesOf(text)
  return { status, headers: [['content-type', 'text/plain; charset=utf-8']], body }
}
