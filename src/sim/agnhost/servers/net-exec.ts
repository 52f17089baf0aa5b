import type { NetworkRequest } from '../../model/fabric.ts'
import { bytesOf } from '../../process/bytes.ts'
import { durationMs } from '../program/flags.ts'
import type { Run, Subcommand } from '../program/program.ts'
import { dial } from './dial.ts'
import {
  deliver,
  type Give,
  headerOf,
  listIn,
  queryOf,
  redirect,
  remoteAddress,
  requestPath,
  type ServedAnswer,
  type ServedRequest,
  textAnswer,
} from './http.ts'

/** `netexec`: a server over HTTP and UDP that does what it is asked. */
export const netExec: Subcommand = {
  flags: {
    'http-port': { takes: 'number', by: 8080 },
    'udp-port': { takes: 'number', by: 8081 },
    'sctp-port': { takes: 'number', by: -1 },
    'tls-cert-file': { takes: 'text', by: '' },
    'tls-private-key-file': { takes: 'text', by: '' },
    'http-override': { takes: 'text', by: '' },
    'udp-listen-addresses': { takes: 'text', by: '' },
    'delay-shutdown': { takes: 'number', by: 0 },
  },
  start(run) {
    const { flags, memo, world, isNew, log } = run
    const httpPort = flags.number('http-port')
    const udpPort = flags.number('udp-port')
    const sctpPort = flags.number('sctp-port')
    if (sctpPort !== -1) {
      // A simulated kernel has no SCTP.
      const place = `failed to create listener for SCTP address 0.0.0.0:${sctpPort}`
      log(`Error occurred: ${place}:protocol not supported`)
      run.exit(1)
      return {}
    }
    if (isNew) {
      if (udpPort !== -1) log(`Started UDP server on port  ${udpPort}`)
      log(`Started HTTP server on port ${httpPort}`)
    }
    const ends = () => listIn<Ending>(memo, 'ends')
    const wake = () => {
      const due = ends().find(({ atMs }) => atMs - world.nowMs() < 0.001)
      if (due) run.exit(due.code)
    }
    return {
      tcp: [httpPort],
      udp: udpPort === -1 ? [] : [udpPort],
      wakeAtMs: () => (ends().length === 0 ? undefined : Math.min(...ends().map((e) => e.atMs))),
      wake,
      onSignal(signal) {
        if (signal !== 'SIGTERM') return false
        if (memo.isLeaving) return true
        memo.isLeaving = true
        const delaySeconds = Math.max(0, flags.number('delay-shutdown'))
        if (delaySeconds > 0) log(`Sleeping ${delaySeconds} seconds before terminating...`)
        endAfter(run, delaySeconds * 1000, 0)
        wake()
        return true
      },
      answer(request, _port, give) {
        if (request.protocol === 'udp') answerDatagram(run, request, give)
        else if (request.protocol === 'http') deliver(answerHttp(run, request), give)
      },
    }
  },
}

interface Ending {
  readonly atMs: number
  readonly code: number
}

function endAfter({ memo, world }: Run, afterMs: number, code: number): void {
  listIn<Ending>(memo, 'ends').push({ atMs: world.nowMs() + afterMs, code })
}

function answerHttp(run: Run, asked: ServedRequest): ServedAnswer {
  const override = run.flags.text('http-override')
  const request = override === '' ? asked : { ...asked, method: 'GET', path: override, headers: [] }
  const path = requestPath(request)
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (route) return route(run, request)
  run.log('GET /')
  return textAnswer(
    `NOW: ${new Date(run.world.wallMs()).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC')}`,
  )
}

type Route = (run: Run, request: ServedRequest) => ServedAnswer

const hostname: Route = (run, request) => {
  run.log(`GET ${requestPath(request)}`)
  return textAnswer(run.world.hostname)
}

const routes: Readonly<Record<string, Route>> = {
  '/clientip'(run, request) {
    run.log('GET /clientip')
    return textAnswer(remoteAddress(request))
  },
  '/serverport'(run, _request) {
    run.log('GET /serverport')
    return textAnswer(String(run.flags.number('http-port')))
  },
  '/header': header,
  '/dial'(run, request) {
    return dial(run, queryOf(request))
  },
  '/echo': echo,
  '/exit': exit,
  '/healthz'(run, _request) {
    run.log('GET /healthz')
    return textAnswer('', run.flags.number('udp-port') === -1 ? 412 : 200)
  },
  '/readyz'(run, _request) {
    run.log('GET /readyz')
    if (run.memo.isLeaving) return textAnswer('shutting down', 503)
    return run.flags.number('udp-port') === -1 ? textAnswer('', 412) : textAnswer('ok')
  },
  '/hostname': hostname,
  '/hostName': hostname,
  '/redirect': sendElsewhere,
  '/shell': shell,
  '/shutdown'(run) {
    run.log('GET /shutdown')
    run.exit(0)
    return () => undefined
  },
}

function header(run: Run, request: ServedRequest): ServedAnswer {
  const key = queryOf(request).get('key') ?? ''
  run.log(key === '' ? 'GET /header' : `GET /header?key=${key}`)
  if (key !== '') return textAnswer(headerOf(request, key))
  // Go keeps the host apart.
  const others = request.headers.filter(([name]) => canonical(name) !== 'Host')
  const all = Map.groupBy(others, ([name]) => canonical(name))
  const sorted = [...all]
    .map(([name, values]) => [name, values.map(([, value]) => value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return textAnswer(JSON.stringify(Object.fromEntries(sorted)))
}

/** `x-forwarded-for` is `X-Forwarded-For` in Go. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())
}

/** As Go's `Atoi`; undefined for what is no number. */
function integer(value: string): number | undefined {
  return /^[-+]?\d{1,9}$/.test(value) ? Number(value) : undefined
}

function echo(run: Run, request: ServedRequest): ServedAnswer {
  const query = queryOf(request)
  const message = query.get('msg') ?? ''
  const code = query.get('code') ?? ''
  run.log(`GET /echo?msg=${message}&code=${code}`)
  const status = code === '' ? 200 : integer(code)
  if (status !== undefined) return textAnswer(message, status)
  return textAnswer(`argument 'code' must be an integer or empty, got ${JSON.stringify(code)}\n`)
}

function sendElsewhere(run: Run, request: ServedRequest): ServedAnswer {
  const query = queryOf(request)
  const location = query.get('location') ?? ''
  const code = query.get('code') ?? ''
  run.log(`${request.method} /redirect?msg=${location}&code=${code}`)
  const status = code === '' ? 302 : integer(code)
  if (status !== undefined) return redirect(location, status)
  return textAnswer(`argument 'code' must be an integer or empty, got ${JSON.stringify(code)}\n`)
}

function exit(run: Run, request: ServedRequest): ServedAnswer {
  const query = queryOf(request)
  const [code = '', timeout = '', wait = ''] = ['code', 'timeout', 'wait'].map(
    (name) => query.get(name) ?? '',
  )
  run.log(`GET /exit?code=${code}&timeout=${timeout}&wait=${wait}`)
  for (const [name, value] of Object.entries({ timeout, wait })) {
    if (value === '' || durationMs(value) !== undefined) continue
    const why = `must be a valid golang duration or empty, got ${JSON.stringify(value)}`
    return textAnswer(`argument '${name}' ${why}\n`)
  }
  const status = code === '' ? 0 : integer(code)
  if (status === undefined) {
    const why = `must be an integer [0-127] or empty, got ${JSON.stringify(code)}`
    return textAnswer(`argument 'code' ${why}\n`)
  }
  const [waitMs, timeoutMs] = [wait, timeout].map((each) => durationMs(each || '0') ?? 0)
  run.log(
    `Will begin shutdown in ${wait || '0s'}, allowing ${timeout || '0s'} for connections to close, then will exit with ${status}`,
  )
  endAfter(run, waitMs ?? 0, status)
  // Without a time for its connections it ends before it answers.
  return timeoutMs ? textAnswer('') : () => undefined
}

function shell(run: Run, request: ServedRequest): ServedAnswer {
  const query = queryOf(request)
  const command = query.get('shellCommand') || query.get('cmd') || ''
  run.log(`GET /shell?cmd=${command}`)
  return (give) =>
    run.shell(command, ({ output, code }) => {
      const result = {
        ...(code === 0 ? {} : { error: `exit status ${code}` }),
        ...(output === '' ? {} : { output }),
      }
      run.log(`Output: ${JSON.stringify(result)}`)
      give(textAnswer(JSON.stringify(result)))
    })
}

function answerDatagram(
  run: Run,
  request: NetworkRequest & { readonly protocol: 'udp' },
  give: Give,
): void {
  const answer = datagramAnswer(run, request)
  if (answer !== undefined) give({ status: 0, headers: [], body: bytesOf(answer) })
}

/** What a datagram is answered with; nothing at all for a command that is not known. */
function datagramAnswer(
  { log, world, flags }: Run,
  request: NetworkRequest & { readonly protocol: 'udp' },
): string | undefined {
  const client = remoteAddress(request)
  const received = request.data.trim().toLowerCase()
  if (received === 'hostname') {
    log('Sending udp hostName response')
    return world.hostname
  }
  if (received.startsWith('echo ')) {
    log(`Echoing ${received.slice(5)} to UDP client ${client}`)
    return received.slice(5)
  }
  if (received === 'clientip') {
    log(`Sending clientip back to UDP client ${client}`)
    return client
  }
  if (received === 'serverport') {
    log(`Sending server port to UDP client ${flags.number('udp-port')}`)
    return String(flags.number('udp-port'))
  }
  if (received !== '') log(`Unknown UDP command received from ${client}: ${received}`)
  return undefined
}
