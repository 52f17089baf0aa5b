import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type ClockAdvance, type ClockCondition, type ClusterClock, clockName, clocks } from '#api'
import type { Client } from '#client'
import { connectToCluster } from '#cluster'
import { KnarrError, systemClock } from '#lib'
import { formatDuration } from '#machinery'
import { advanceInSlices, requestAdvance } from '../cluster/advance.ts'
import { dataDirOption, outputOption } from '../options/options.ts'
import { parseTarget } from '../options/target.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { InterruptedError } from '../terminal/errors.ts'
import { printResult } from '../terminal/result.ts'

const examples = `
Examples:
  knarr clock                                              what time it is there
  knarr clock advance 5m
  knarr clock until 'deployment/web condition=Available' --timeout 10m
  knarr clock pause
  knarr clock speed 60x
  knarr clock resume
`

interface Flags {
  readonly dataDir: string
  readonly output: OutputFormat
  readonly namespace: string
  readonly timeout: string
}

/** `knarr clock` shows and moves the time of a simulated cluster. */
export const clockCommand: CliCommand = {
  register(program, terminal) {
    const clock = program
      .command('clock')
      .description("show and move a simulated cluster's time")
      .addHelpText('after', examples)
    const sub = (usage: string, description: string, isDefault = false) =>
      clock
        .command(usage, { isDefault })
        .description(description)
        .addOption(dataDirOption())
        .addOption(outputOption())
    sub('show', 'tell what time it is there (also without a word)', true).action((flags: Flags) =>
      showClock(flags, terminal),
    )
    sub('advance <duration>', 'go forward at once, through all that happens on the way').action(
      (duration: string, flags: Flags) => advance({ duration }, flags, terminal),
    )
    addUntil(sub('until <target>', 'go forward until a condition holds'), terminal)
    sub('pause', 'let time stand').action((flags: Flags) =>
      patchClock({ paused: true }, flags, terminal),
    )
    sub('resume', 'let time go on').action((flags: Flags) =>
      patchClock({ paused: false }, flags, terminal),
    )
    sub('speed <factor>', 'tie it to wall time, for example 60x').action(
      (factor: string, flags: Flags) => patchClock({ speed: parseSpeed(factor) }, flags, terminal),
    )
  },
}

function addUntil(command: Command, terminal: Terminal): void {
  command
    .option('-n, --namespace <namespace>', 'the namespace of the object', 'default')
    .option('--timeout <duration>', 'how far to go at most', '1h')
    .action((target: string, flags: Flags) =>
      advance(
        { duration: flags.timeout, until: parseCondition(target, flags.namespace) },
        flags,
        terminal,
      ),
    )
}

/** `60x` or `60`; the server says what is wrong with others. */
function parseSpeed(text: string): string {
  return text.replace(/x$/, '')
}

/** `deployment/web condition=Available` */
function parseCondition(text: string, namespace: string): ClockCondition {
  const [target = '', wanted = '', ...more] = text.trim().split(/\s+/)
  if (wanted === '' || more.length > 0) {
    throw new KnarrError('BadCondition', `not an object and a condition: ${text}`, {
      hint: "Write it like 'deployment/web condition=Available' or 'pod/web delete'.",
    })
  }
  return { ...parseTarget(target), namespace, for: wanted }
}

async function showClock(flags: Flags, terminal: Terminal): Promise<void> {
  using connection = connectToCluster(resolve(flags.dataDir))
  await printClock(connection.client, flags, terminal)
}

async function patchClock(
  spec: NonNullable<ClusterClock['spec']>,
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  using connection = connectToCluster(resolve(flags.dataDir))
  const patch = { kind: 'merge', patch: { spec } } as const
  await connection.client.patch(clocks, { name: clockName }, patch)
  await printClock(connection.client, flags, terminal)
}

async function printClock(client: Client, { output }: Flags, terminal: Terminal): Promise<void> {
  const { spec = {}, status = {} } = await client.get(clocks, { name: clockName })
  const { mode = 'Wall' } = status
  const { now, elapsed } = await requestAdvance(client, { duration: '0s' })
  if (output === 'json') {
    const { paused = false, speed = '1' } = spec
    terminal.out(`${JSON.stringify({ mode, paused, speed, now, elapsed }, null, 2)}\n`)
    return
  }
  const pace = spec.paused ? 'standing still' : `at ${spec.speed ?? '1'}x wall time`
  const virtual = `${now} (${elapsed} since the start), ${pace}\n`
  terminal.out(mode === 'Wall' ? `${now}: this cluster runs on wall time.\n` : virtual)
}

async function advance(
  spec: ClockAdvance['spec'],
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  using connection = connectToCluster(resolve(flags.dataDir))
  using interrupt = onInterrupt(terminal)
  const world = { terminal, clock: systemClock, signal: interrupt.signal }
  const { status, leftMs } = await advanceInSlices(connection.client, spec, world)
  const value = leftMs > 0 ? { ...status, left: formatDuration(leftMs) } : status
  const text = `${status.now} (${status.elapsed} since the start)\n`
  printResult(terminal, flags.output, { text, value })
  if (leftMs > 0 && interrupt.signal.aborted) throw interrupted(spec, leftMs)
  if (spec.until && !status.reached) {
    throw new KnarrError('NotReached', `${spec.until.for} did not hold within ${spec.duration}`, {
      hint: `Ask 'knarr why ${spec.until.resource}/${spec.until.name}'.`,
    })
  }
}

function interrupted({ duration }: ClockAdvance['spec'], leftMs: number): InterruptedError {
  const left = formatDuration(leftMs)
  return new InterruptedError(`interrupted with ${left} of ${duration} left`, {
    hint: `Go on with 'knarr clock advance ${left}'.`,
  })
}

/** Lets a first Ctrl-C end the work at its next stop; a second one ends the process. */
function onInterrupt({ err }: Terminal): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController()
  const listener = () => {
    err('stopping after this step; Ctrl-C again stops at once\n')
    stop.abort()
  }
  process.once('SIGINT', listener)
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', listener),
  }
}
