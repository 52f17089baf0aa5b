import type { ProcessAnswer } from '../../process/process.ts'
import type { Run, Subcommand } from '../program/program.ts'

/** `connect`: opens a connection, and says in one word why it cannot. */
export const connect: Subcommand = {
  flags: {
    timeout: { takes: 'duration', by: 0 },
    protocol: { takes: 'text', by: 'tcp' },
    'udp-data': { takes: 'text', by: 'hostname' },
    'sctp-data': { takes: 'text', by: 'hostname' },
  },
  start(run) {
    const { flags, world } = run
    const fail = (why: string) => {
      world.write('stderr', `${why}\n`)
      run.exit(1)
      return {}
    }
    const [address = ''] = flags.operands
    const place = hostAndPort(address)
    const protocol = flags.text('protocol') || 'tcp'
    if (flags.operands.length !== 1) {
      return fail(`Error: accepts 1 arg(s), received ${flags.operands.length}`)
    }
    if (!['tcp', 'udp', 'sctp'].includes(protocol)) return fail(`Unsupported protocol\n${protocol}`)
    if (!place) return fail(`UNKNOWN: address ${address}: missing port in address`)
    const { host, port } = place
    // What sockets of SCTP say where the kernel has none, as a simulated one.
    if (protocol === 'sctp') return fail('OTHER: protocol not supported')
    if (!world.network.resolve(host)) return fail(`DNS: lookup ${host}: no such host`)
    const timeoutMs = flags.number('timeout')
    const kind = protocol === 'udp' ? 'udp' : 'tcp'
    ask(run, { host, port, protocol: kind, timeoutMs }, fail)
    return { wake: () => undefined }
  },
}

interface Target {
  readonly host: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
  readonly timeoutMs: number
}

function ask(run: Run, target: Target, fail: (why: string) => void): void {
  const { host, port, protocol, timeoutMs } = target
  const limit = timeoutMs > 0 ? { connectMs: timeoutMs, totalMs: timeoutMs } : {}
  const what =
    protocol === 'udp'
      ? ({ protocol, data: `${run.flags.text('udp-data')}\n` } as const)
      : ({ protocol: 'connect' } as const)
  run.world.network.ask({ host, port, ...what, ...limit }, (answer) => {
    const why = failureOf(answer)
    if (why === undefined) run.exit(0)
    else fail(why)
  })
}

function failureOf(answer: ProcessAnswer): string | undefined {
  if (answer.kind === 'answered') return undefined
  if (answer.why === 'timeout') return 'TIMEOUT'
  return answer.why === 'refused' ? 'REFUSED' : `OTHER: ${answer.why}`
}

/** `host:port` and `[::1]:port`. */
function hostAndPort(address: string) {
  const found = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(address)
  return found && { host: found[1] ?? found[2] ?? '', port: Number(found[3]) }
}
