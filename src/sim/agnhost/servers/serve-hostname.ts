import { bytesOf } from '../../process/bytes.ts'
import type { Subcommand } from '../program/program.ts'
import { remoteAddress, textAnswer } from './http.ts'

/** How long it waits for its pod to be deleted. */
const lingerMs = 60_000

/** `serve-hostname`: says its host name over HTTP, or over bare TCP and UDP. */
export const serveHostname: Subcommand = {
  flags: {
    tcp: { takes: 'switch', by: false },
    udp: { takes: 'switch', by: false },
    http: { takes: 'switch', by: true },
    close: { takes: 'switch', by: false },
    port: { takes: 'number', by: 9376 },
  },
  start(run) {
    const { flags, world, memo } = run
    const [isTcp, isUdp, isHttp] = ['tcp', 'udp', 'http'].map((name) => flags.isSet(name))
    if (isHttp && (isTcp || isUdp)) {
      run.log("Can't server TCP/UDP mode and HTTP mode at the same time")
      run.exit(1)
      return {}
    }
    const port = flags.number('port')
    if (run.isNew) run.log(`Serving on port ${port}.`)
    const raw = { status: 0, headers: [], body: bytesOf(world.hostname) }
    return {
      tcp: isHttp || isTcp ? [port] : [],
      udp: isUdp ? [port] : [],
      answer(request, _port, give) {
        const kind = request.protocol === 'udp' ? 'UDP' : isHttp ? 'HTTP' : 'TCP'
        run.log(`${kind} request from ${remoteAddress(request)}`)
        give(isHttp ? textAnswer(world.hostname) : raw)
      },
      onSignal(signal) {
        if (signal !== 'SIGTERM') return false
        if (memo.endsMs === undefined) {
          run.log('Shutting down after receiving signal: terminated.')
          run.log('Awaiting pod deletion.')
          memo.endsMs = world.nowMs() + lingerMs
        }
        return true
      },
      wakeAtMs: () => (memo.endsMs === undefined ? undefined : Number(memo.endsMs)),
      wake() {
        if (memo.endsMs !== undefined && Number(memo.endsMs) <= world.nowMs()) run.exit(0)
      },
    }
  },
}
