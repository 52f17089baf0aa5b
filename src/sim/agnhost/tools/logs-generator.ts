import type { Run, Subcommand } from '../program/program.ts'

const methods = ['GET', 'POST', 'PUT']
const namespaces = ['kube-system', 'default', 'ns']

/** `logs-generator`: writes so many lines, evenly over a time. */
export const logsGenerator: Subcommand = {
  flags: {
    'log-lines-total': { takes: 'number', by: 0 },
    'run-duration': { takes: 'duration', by: 0 },
  },
  start(run) {
    const { memo, flags, world, startedMs } = run
    const total = flags.number('log-lines-total')
    const durationMs = flags.number('run-duration')
    if (total <= 0) return refuse(run, `Invalid total number of lines: ${total}`)
    if (durationMs <= 0) return refuse(run, `Invalid duration: ${flags.number('run-duration')}`)
    memo.beganMs ??= world.nowMs()
    const beganMs = Number(memo.beganMs)
    const delayMs = durationMs / total
    const dueMs = () => beganMs + Number(memo.lines ?? 0) * delayMs
    const wake = () => {
      while (dueMs() - world.nowMs() < 0.001) {
        const id = Number(memo.lines ?? 0)
        if (id >= total) return run.exit(0)
        world.write('stderr', `${klogHead(world.wallMs())} ${lineOf(id, startedMs)}\n`)
        memo.lines = id + 1
      }
    }
    if (run.isNew) wake()
    return { wakeAtMs: dueMs, wake }
  },
}

function refuse(run: Run, why: string) {
  run.world.write('stderr', `${klogHead(run.world.wallMs()).replace('I', 'F')} ${why}\n`)
  run.exit(255)
  return {}
}

/** `I0131 12:00:05.123456       1 logs_generator.go:75]`. */
function klogHead(wallMs: number): string {
  const at = new Date(wallMs).toISOString()
  return `I${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000       1 logs_generator.go:75]`
}

/** A line about the number `id`, the same one in every run. */
function lineOf(id: number, startedMs: number): string {
  const seed =
    (Math.imul(id + 1, 2_654_435_761) ^ Math.imul(Math.trunc(startedMs) + 7, 40_503)) >>> 0
  const method = methods[seed % 3]
  const namespace = namespaces[(seed >>> 4) % 3]
  const pod = (seed >>> 8).toString(36).slice(-(3 + (seed % 2)))
  return `${id} ${method} /api/v1/namespaces/${namespace}/pods/${pod} ${200 + (seed % 400)}`
}
