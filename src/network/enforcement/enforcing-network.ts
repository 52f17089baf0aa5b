import { type Logger, messageOf } from '#lib'
import type { Network } from '../model/network.ts'
import type { PolicyTable } from '../model/policy-table.ts'
import { type NodeCommands, nodeCommands } from '../nftables/command.ts'
import {
  type NftablesOptions,
  nftablesNetwork,
  removeNftablesTable,
} from '../nftables/nftables-network.ts'
import type { Ruleset } from '../nftables/ruleset.ts'
import { transaction } from '../nftables/transaction.ts'
import { showBridgedTraffic } from './bridged-traffic.ts'
import { createPolicyRenderer, type EnforcementOptions } from './render-policies.ts'

/** What the network of one node needs, with whoever counts as the node itself. */
export interface EnforcingOptions extends NftablesOptions, Partial<EnforcementOptions> {}

/** The name of the table that restricts pods, beside the one that routes Services. */
const tableOf = (table: string): string => `${table}-policies`

/** Routes Services with one nftables table, and restricts pods with another one. */
export async function enforcingNetwork(
  options: EnforcingOptions,
  signal: AbortSignal,
): Promise<Network> {
  const commands = nodeCommands(options.netns)
  const routing = await nftablesNetwork(options, signal)
  const enforcer = createEnforcer(options, commands)
  return {
    ...routing,
    restrict: enforcer.restrict,
    [Symbol.asyncDispose]: async () => {
      await enforcer.remove()
      await routing[Symbol.asyncDispose]()
    },
  }
}

/** Removes the tables that a process which died has left, with the settings they needed; absent is fine. */
export async function removeNodeTables(
  options: Pick<EnforcingOptions, 'table' | 'netns'>,
  signal: AbortSignal,
): Promise<void> {
  await removeTable(nodeCommands(options.netns), tableOf(options.table), signal)
  await removeNftablesTable(options, signal)
}

async function removeTable(commands: NodeCommands, table: string, signal: AbortSignal) {
  const input = `add table inet ${table}\ndelete table inet ${table}\n`
  await commands.run('nft', ['-f', '-'], { input, signal })
}

interface Enforcer {
  restrict(table: PolicyTable, signal: AbortSignal): Promise<void>
  remove(): Promise<void>
}

function createEnforcer(options: EnforcingOptions, commands: NodeCommands): Enforcer {
  const table = tableOf(options.table)
  const { nodeSources = [], log } = options
  const render = createPolicyRenderer()
  let queue: Promise<void> = Promise.resolve()
  // What the kernel is known to hold: unknown before the first success and after a failure.
  let held: Ruleset | 'nothing' | undefined
  let isBridgedSeen = false
  const seeBridged = async (signal: AbortSignal) => {
    if (isBridgedSeen) return
    const why = await showBridgedTraffic(commands, options.podCidrs, signal)
    isBridgedSeen = true
    if (why === undefined) return
    log.error('policies do not hold between pods of this node', { error: why })
  }
  const update = async (policies: PolicyTable, signal: AbortSignal) => {
    signal.throwIfAborted()
    const before = held
    held = undefined
    if (policies.pods.size === 0) {
      if (before !== 'nothing') await removeTable(commands, table, signal)
      held = 'nothing'
      return
    }
    await seeBridged(signal)
    const next = render(policies, { nodeSources })
    const known = before === 'nothing' ? undefined : before
    await load({ commands, table, log }, { before: known, next }, signal)
    held = next
  }
  const serialised = (work: () => Promise<void>) => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }
  return {
    restrict: (policies, signal) => serialised(() => update(policies, signal)),
    remove: () => serialised(() => removeTable(commands, table, new AbortController().signal)),
  }
}

interface Target {
  readonly commands: NodeCommands
  readonly table: string
  readonly log: Logger
}

async function load(
  { commands, table, log }: Target,
  { before, next }: { readonly before: Ruleset | undefined; readonly next: Ruleset },
  signal: AbortSignal,
): Promise<void> {
  const run = (script: string) => commands.run('nft', ['-f', '-'], { input: script, signal })
  try {
    // With nothing to change, still notice a table that somebody has removed.
    await run(transaction(table, before, next) || `add chain inet ${table} arrivals\n`)
  } catch (error) {
    if (before === undefined || signal.aborted) throw error
    log.warn('policy table is made anew', { error: messageOf(error) })
    await run(transaction(table, undefined, next))
  }
}
