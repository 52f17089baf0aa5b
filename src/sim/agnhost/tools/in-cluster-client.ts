import { createHash } from 'node:crypto'
import type { Run, Subcommand } from '../program/program.ts'

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** `inclusterclient`: asks the API server for its health again and again, by the token of its pod. */
export const inClusterClient: Subcommand = {
  flags: { 'poll-interval': { takes: 'number', by: 30 } },
  start(run) {
    const { memo, flags, world } = run
    const everyMs = flags.number('poll-interval') * 1000
    if (run.isNew) {
      memo.nextMs = world.nowMs() + everyMs
      say(run, 'started')
    }
    return {
      wakeAtMs: () => Number(memo.nextMs),
      wake() {
        if (Number(memo.nextMs) - world.nowMs() > 0.001) return
        memo.nextMs = Number(memo.nextMs) + everyMs
        poll(run)
      },
    }
  },
}

function poll(run: Run): void {
  const { env, files, network } = run.world
  say(run, 'calling /healthz')
  const token = files.read(tokenPath)?.trim()
  const headers = token === undefined ? [] : [['Authorization', `Bearer ${token}`] as const]
  if (token === undefined) say(run, 'authz_header=<empty>')
  else {
    const hash = createHash('sha256').update(`salt|Bearer ${token}`).digest('base64url')
    say(run, `authz_header=${hash}`)
  }
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env
  const request = {
    host,
    port: Number(port),
    method: 'GET',
    path: '/healthz',
    headers,
    isSecure: true,
  }
  network.ask(request, (answer) => {
    if (answer.kind === 'answered' && answer.response.status === 200) return
    const why = answer.kind === 'answered' ? `status ${answer.response.status}` : answer.why
    say(run, 'status=failed')
    say(run, `error checking /healthz: ${why}`)
  })
}

function say({ world }: Run, text: string): void {
  const at = new Date(world.wallMs()).toISOString()
  const head = `I${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000       1 main.go:60]`
  world.write('stderr', `${head} ${text}\n`)
}
