import { textFrom } from '../../process/bytes.ts'
import type { Run, Subcommand } from '../program/program.ts'
import {
  deliver,
  failure,
  type Give,
  listIn,
  notFoundAnswer,
  queryOf,
  requestPath,
  type ServedAnswer,
  type ServedRequest,
  textAnswer,
} from './http.ts'

const registerForMs = 15_000
const pauseMs = 1000
const askForMs = 5000

/** `guestbook`: a store of texts whose primary tells its replicas. */
export const guestbook: Subcommand = {
  flags: {
    'http-port': { takes: 'text', by: '80' },
    'backend-port': { takes: 'text', by: '6379' },
    replicaof: { takes: 'text', by: '' },
  },
  start(run) {
    const { flags, memo, world } = run
    const primary = flags.text('replicaof')
    if (run.isNew && primary !== '') memo.registersAtMs = world.nowMs()
    const wake = () => {
      const atMs = memo.registersAtMs
      if (atMs === undefined || Number(atMs) > world.nowMs()) return
      // Should it be saved before the answer comes, it asks again.
      memo.registersAtMs = world.nowMs() + askForMs + pauseMs
      if (world.nowMs() - run.startedMs < registerForMs) register(run, primary)
      else {
        run.log('Timed out while registering to primary.')
        run.exit(1)
      }
    }
    if (run.isNew) wake()
    return {
      tcp: [Number(flags.text('http-port'))],
      wakeAtMs: () => (memo.registersAtMs === undefined ? undefined : Number(memo.registersAtMs)),
      wake,
      answer(request, _port, give) {
        if (request.protocol === 'http') deliver(respond(run, request), give)
      },
    }
  },
}

function storeOf(memo: Run['memo']): Record<string, string> {
  memo.store ??= {}
  // Cast: nobody else writes it.
  return memo.store as Record<string, string>
}

/** Asks the primary to be told of what is set; tries again until that works. */
function register(run: Run, primary: string): void {
  const { world, memo } = run
  const again = (why: string) => {
    run.log(`encountered error while registering to primary: ${why}. Retrying in 1s.`)
    memo.registersAtMs = world.nowMs() + pauseMs
  }
  if (!world.network.resolve(primary)) {
    again(`lookup ${primary}: no such host`)
    return
  }
  ask(run, primary, `/register?host=${world.ip}`, (body, why) => {
    if (body === undefined) {
      again(why)
      return
    }
    delete memo.registersAtMs
    memo.store = JSON.parse(body).data
    run.log(`Registered to node: ${primary}`)
  })
}

function respond(run: Run, request: ServedRequest): ServedAnswer {
  const query = queryOf(request)
  const [cmd = '', key = '', value = ''] = ['cmd', 'key', 'value'].map(
    (name) => query.get(name) ?? '',
  )
  const store = storeOf(run.memo)
  switch (requestPath(request)) {
    case '/register': {
      const host = query.get('host') ?? ''
      listIn<string>(run.memo, 'replicas').push(host)
      run.log(`Node '${host}' registered.`)
      return textAnswer(JSON.stringify({ data: store }))
    }
    case '/get':
      return textAnswer(JSON.stringify({ data: key === '' ? store : (store[key] ?? '') }))
    case '/set':
      if (key === '') return failure(400, 'cannot set with empty key.')
      store[key] = value
      return (give) => notifyReplicas(run, `/set?key=${key}&value=${value}`, give)
    case '/guestbook':
      return forward(run, { cmd: cmd.toLowerCase(), key, value })
    default:
      return notFoundAnswer()
  }
}

/** One after the other; the first that does not hear of it ends the round. */
function notifyReplicas(run: Run, path: string, give: Give): void {
  const waiting = [...listIn<string>(run.memo, 'replicas')]
  const next = () => {
    const replica = waiting.shift()
    if (replica === undefined) {
      give(textAnswer(JSON.stringify({ message: 'Updated' })))
      return
    }
    ask(run, replica, path, (body, why) => {
      const failed = `encountered error while propagating to replica '${replica}': ${why}`
      if (body === undefined) give(failure(417, failed))
      else next()
    })
  }
  next()
}

interface Command {
  readonly cmd: string
  readonly key: string
  readonly value: string
}

function forward(run: Run, { cmd, key, value }: Command): ServedAnswer {
  if (cmd !== 'get' && cmd !== 'set') return failure(400, `unsupported cmd: '${cmd}'`)
  if (cmd === 'set' && key === '') return failure(400, 'cannot set with empty key.')
  const host = cmd === 'get' ? 'agnhost-replica' : 'agnhost-primary'
  if (!run.world.network.resolve(host)) {
    return failure(400, `host and/or port param are invalid. lookup ${host}: no such host`)
  }
  return (give) =>
    ask(run, host, `/${cmd}?key=${key}&value=${value}`, (body, why) =>
      give(body === undefined ? failure(417, `encountered error: ${why}`) : textAnswer(body)),
    )
}

/** Asks another guestbook; the body of its answer, or why there is none. */
function ask(
  { flags, world }: Run,
  host: string,
  path: string,
  done: (body: string | undefined, why: string) => void,
): void {
  const port = Number(flags.text('backend-port'))
  const request = { host, port, method: 'GET', path: encodeURI(path), headers: [] }
  world.network.ask({ ...request, totalMs: askForMs }, (answer) =>
    answer.kind === 'answered'
      ? done(textFrom(answer.response.body), '')
      : done(undefined, `Get "http://${host}:${port}${path}": ${answer.why}`),
  )
}
