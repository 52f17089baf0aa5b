import type { NetworkResponse } from '../../model/fabric.ts'
import { textFrom } from '../../process/bytes.ts'
import type { Run, Subcommand } from '../program/program.ts'
import { listIn, notFoundAnswer, requestPath, type ServedRequest, textAnswer } from './http.ts'

const giveUpMs = 300_000
const pauseMs = 6000

/** `nettest`: remembers who wrote to it, once it has found the API server. */
export const netTest: Subcommand = {
  flags: {
    port: { takes: 'number', by: 8080 },
    peers: { takes: 'number', by: 8 },
    service: { takes: 'text', by: 'nettest' },
    namespace: { takes: 'text', by: 'default' },
    'delay-shutdown': { takes: 'number', by: 0 },
  },
  start(run) {
    const { flags, memo, world } = run
    const port = flags.number('port')
    if (run.isNew) memo.asksAtMs = world.nowMs()
    const delayMs = flags.number('delay-shutdown') * 1000
    const wake = () => {
      if (memo.endsAtMs !== undefined && Number(memo.endsAtMs) <= world.nowMs()) run.exit(0)
      if (memo.asksAtMs === undefined || Number(memo.asksAtMs) > world.nowMs()) return
      memo.asksAtMs = world.nowMs() + pauseMs
      greet(run)
    }
    if (run.isNew) wake()
    const instants = () => [memo.asksAtMs, memo.endsAtMs].filter((each) => each !== undefined)
    return {
      tcp: [port],
      wakeAtMs: () => (instants().length === 0 ? undefined : Math.min(...instants().map(Number))),
      wake,
      onSignal(signal) {
        if (signal !== 'SIGTERM' || delayMs <= 0) return false
        memo.endsAtMs ??= world.nowMs() + delayMs
        return true
      },
      answer(request, _port, give) {
        if (request.protocol === 'http') give(respond(run, request))
      },
    }
  },
}

/** Asks the API server whether it is there; without it the program ends after a while. */
function greet(run: Run): void {
  const { world, memo } = run
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = world.env
  const request = {
    host,
    port: Number(port),
    method: 'GET',
    path: '/version',
    headers: [],
    isSecure: true,
  }
  world.network.ask(request, (answer) => {
    if (answer.kind === 'answered') {
      // Of peers nothing more is found out; that they are too few shows in the status.
      delete memo.asksAtMs
      listIn<string>(memo, 'log').push('Server version is known')
      return
    }
    if (world.nowMs() - run.startedMs < giveUpMs) return
    run.log(`Unable to contact Kubernetes: ${answer.why}`)
    run.exit(1)
  })
}

function received({ memo }: Run): Record<string, number> {
  memo.received ??= {}
  // Cast: nobody else writes it.
  return memo.received as Record<string, number>
}

function respond(run: Run, request: ServedRequest): NetworkResponse {
  const { world, memo, flags } = run
  const errors = listIn<string>(memo, 'errors')
  switch (requestPath(request)) {
    case '/read': {
      const state = {
        Hostname: world.hostname,
        Sent: null,
        Received: memo.received ?? null,
        Errors: errors.length > 0 ? errors : null,
        Log: listIn<string>(memo, 'log'),
        StillContactingPeers: memo.asksAtMs !== undefined,
      }
      return textAnswer(JSON.stringify(state, undefined, '\t'))
    }
    case '/write': {
      const source = sourceOf(textFrom(request.body ?? new Uint8Array()))
      if (source === undefined) errors.push('invalid character in the body')
      else if (source === '') errors.push(`${world.hostname}: Got request with no source`)
      else received(run)[source] = (received(run)[source] ?? 0) + 1
      return textAnswer(`${JSON.stringify({ Hostname: world.hostname })}\n`)
    }
    case '/status':
      return textAnswer(
        flags.number('peers') <= 0 ? 'pass' : memo.asksAtMs === undefined ? 'fail' : 'running',
      )
    case '/quit':
      run.exit(0)
      return textAnswer('')
    default:
      return notFoundAnswer()
  }
}

/** Who wrote, by the body; undefined for what is no object of JSON. */
function sourceOf(body: string): string | undefined {
  try {
    const read: unknown = JSON.parse(body)
    if (typeof read !== 'object' || read === null) return undefined
    const source = 'Source' in read ? read.Source : ''
    return typeof source === 'string' ? source : undefined
  } catch {
    return undefined
  }
}
