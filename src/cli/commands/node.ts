import { resolve } from 'node:path'
import { type FaultSpec, faults, nodes } from '#api'
import type { Client } from '#client'
import { connectToCluster } from '#cluster'
import { KnarrError, systemClock } from '#lib'
import { isAlreadyExists } from '#machinery/status'
import { drainNode } from '../cluster/drain.ts'
import { dataDirOption, outputOption, positiveDuration } from '../options/options.ts'
import type { CliCommand, OutputFormat, Terminal } from '../terminal/command.ts'
import { printResult } from '../terminal/result.ts'

const examples = `
Examples:
  knarr node crash node-1                     the machine is gone, with all that ran on it
  knarr node hang node-1                      its kubelet does nothing any more
  knarr node partition node-1 --direction ToServer
  knarr node restart node-1                   heals all of these; boots a crashed node
  knarr node drain node-1                     cordons it and evicts its pods
`

interface Flags {
  readonly dataDir: string
  readonly output: OutputFormat
  readonly direction?: string
  readonly duration?: string
  readonly timeout?: string
}

/** `knarr node` breaks nodes and heals them; all other faults are Fault objects for `kubectl create`. */
export const nodeCommand: CliCommand = {
  register(program, terminal) {
    const node = program
      .command('node')
      .description('break a node, and mend it')
      .addHelpText('after', examples)
    const sub = (name: string, description: string) =>
      node
        .command(`${name} <node>`)
        .description(description)
        .addOption(dataDirOption())
        .addOption(outputOption())
    const breaking = (name: string, description: string, type: string) =>
      sub(name, description)
        .option('--duration <duration>', 'heal by itself after this long')
        .action((target: string, flags: Flags) =>
          createFault(name, { type, node: target }, flags, terminal),
        )
    breaking('crash', 'lose the machine with all that runs on it', 'NodeCrash')
    breaking('hang', 'make its kubelet do nothing; containers run on', 'KubeletHang')
    breaking('partition', 'cut it off from the API server', 'NodePartition').option(
      '--direction <which>',
      'Both, ToServer (requests are lost) or FromServer (answers are lost)',
    )
    sub('restart', 'heal all its faults; a crashed node boots').action(
      (target: string, flags: Flags) => healNode(target, flags, terminal),
    )
    sub('drain', 'cordon it and evict its pods')
      .option('--timeout <duration>', 'how long to wait for them at most (default: for ever)')
      .action((target: string, flags: Flags) => {
        const limit = flags.timeout === undefined ? {} : limitOf(flags.timeout)
        return withClient(flags, (client) =>
          drain(client, target, { ...flags, ...limit }, terminal),
        )
      })
  },
}

async function drain(
  client: Client,
  node: string,
  { output, limitMs }: { readonly output: OutputFormat; readonly limitMs?: number },
  terminal: Terminal,
): Promise<void> {
  const isText = output === 'text'
  // What is told on the way is no part of a result that a program reads.
  const progress = isText ? terminal : { ...terminal, out: terminal.err }
  const limit = limitMs === undefined ? {} : { limitMs }
  await drainNode(client, node, { clock: systemClock, terminal: progress, ...limit })
  if (!isText) printResult(terminal, output, { text: '', value: { node, drained: true } })
}

const limitOf = (text: string) => ({ limitMs: positiveDuration('--timeout', text) })

async function withClient(flags: Flags, work: (client: Client) => Promise<void>): Promise<void> {
  using connection = connectToCluster(resolve(flags.dataDir))
  await work(connection.client)
}

async function createFault(
  word: string,
  spec: FaultSpec,
  { direction, duration, ...flags }: Flags,
  terminal: Terminal,
): Promise<void> {
  const name = `${word}-${spec.node}`
  await withClient(flags, async (client) => {
    try {
      await client.create(faults, {
        metadata: { name },
        spec: { ...spec, ...(direction ? { direction } : {}), ...(duration ? { duration } : {}) },
      })
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      throw new KnarrError('FaultStands', `node ${spec.node} has this fault already`, {
        hint: `Heal it with 'knarr node restart ${spec.node}'.`,
      })
    }
  })
  const text = `fault/${name} created\n`
  printResult(terminal, flags.output, { text, value: { created: [`fault/${name}`] } })
}

async function healNode(target: string, flags: Flags, terminal: Terminal): Promise<void> {
  const healed: string[] = []
  await withClient(flags, async (client) => {
    await client.get(nodes, { name: target })
    const { items } = await client.list(faults)
    const own = items.filter(({ spec }) => spec.node === target)
    if (own.length === 0) {
      throw new KnarrError('NothingToHeal', `node ${target} has no faults`, {
        hint: "'kubectl get faults' lists those of all nodes.",
      })
    }
    for (const { metadata } of own) {
      await client.delete(faults, { name: metadata.name })
      healed.push(`fault/${metadata.name}`)
    }
  })
  const text = healed.map((each) => `${each} deleted\n`).join('')
  printResult(terminal, flags.output, { text, value: { deleted: healed } })
}
