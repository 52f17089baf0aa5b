import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type ClockAdvance, type ClockCondition, type ClusterClock, clockName, clocks } from '#api'
import type { Client } from '#client'
import { connect } from '#cluster'
import { KnarrError } from '#lib'
import { dataDirOption, outputOption } from '../options/options.ts'
import { parseTarget } from '../options/target.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'

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
  name: 'clock',
  register(program, terminal) {
    const clock = program
      .command('clock')
      .description("show and move a simulated cluster's time")
      .addHelpText('after', examples)
    const sub = (usage: string, description: string) =>
      clock
        .command(usage)
        .description(description)
        .addOption(dataDirOption())
        .addOption(outputOption())
    sub('show', 'tell what time it is there').action((flags: Flags) => showClock(flags, terminal))
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
    .option('-n, --namespace <name>', 'where the object is', 'default')
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
  using connection = connect(resolve(flags.dataDir))
  await printClock(connection.client, flags, terminal)
}

async function patchClock(
  spec: NonNullable<ClusterClock['spec']>,
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  using connection = connect(resolve(flags.dataDir))
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

async function requestAdvance(
  client: Client,
  spec: ClockAdvance['spec'],
): Promise<NonNullable<ClockAdvance['status']>> {
  const apiVersion = 'sim.knarr.dev/v1alpha1'
  const request: ClockAdvance = { apiVersion, kind: 'ClockAdvance', spec }
  const key = { name: clockName }
  const { status = {} } = await client.createSubresource(clocks, key, 'advance', request)
  return status
}

async function advance(
  spec: ClockAdvance['spec'],
  flags: Flags,
  terminal: Terminal,
): Promise<void> {
  using connection = connect(resolve(flags.dataDir))
  const status = await requestAdvance(connection.client, spec)
  if (flags.output === 'json') terminal.out(`${JSON.stringify(status, null, 2)}\n`)
  else terminal.out(`${status.now} (${status.elapsed} since the start)\n`)
  if (spec.until && !status.reached) {
    throw new KnarrError('NotReached', `${spec.until.for} did not hold within ${spec.duration}`, {
      hint: `Ask 'knarr why ${spec.until.resource}/${spec.until.name}'.`,
    })
  }
}
