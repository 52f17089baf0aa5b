import type { NameServer } from '#dns'
import { type Clock, type Logger, messageOf } from '#lib'
import { createDialer } from '../dial/dialer.ts'
import type { ClusterDns, NetworkStatus, RoutingNetwork } from '../model/network.ts'
import type { ServicePort, ServiceTable } from '../model/service-table.ts'
import { type NodeCommands, nodeCommands } from './command.ts'
import { createHealthServers } from './health-servers.ts'
import { applyKernelSettings, openLoopback, removeTable } from './kernel-settings.ts'
import { createServiceRuleset } from './render.ts'
import type { RuleOptions } from './service-rules.ts'
import { forgetStaleFlows } from './stale-flows.ts'
import { transaction } from './transaction.ts'

/** What the nftables network of one node needs: where it runs, and what its rules say. */
export interface NftablesOptions extends RuleOptions {
  readonly dns: ClusterDns
  readonly nameServer?: NameServer
  /** Name of our own table; one per node where nodes share a namespace. */
  readonly table: string
  /** Path of the node's network namespace; absent for the one of this process. */
  readonly netns?: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Routes Services with one nftables table of our own. Needs root, `nft` and, for UDP, `conntrack`.
 * Dialling happens in this process's own namespace, which must have routes to the pods.
 */
export async function nftablesNetwork(
  options: NftablesOptions,
  signal: AbortSignal,
): Promise<RoutingNetwork> {
  const commands = nodeCommands(options.netns)
  await applyKernelSettings(commands, options, signal)
  const isMarked =
    options.localhostNodePorts && (await openLoopback(commands, options.table, signal))
  const health = createHealthServers(options.netns, options.log)
  const programmer = createProgrammer({ ...options, isMarked }, commands)
  return {
    dns: options.dns,
    ...(options.nameServer ? { nameServer: options.nameServer } : {}),
    dial: createDialer(options.clock),
    program: async (table, programSignal) => {
      await programmer.program(table, programSignal)
      await health.serve(table.healthChecks)
    },
    status: async () => programmer.status(),
    [Symbol.asyncDispose]: async () => {
      await health[Symbol.asyncDispose]()
      await programmer.remove()
    },
  }
}

/** Removes a table that a process which died has left, with the settings it needed; absent is fine. */
export async function removeNftablesTable(
  options: Pick<NftablesOptions, 'table' | 'netns'>,
  signal: AbortSignal,
): Promise<void> {
  await removeTable(nodeCommands(options.netns), options.table, signal)
}

interface Programmer {
  program(table: ServiceTable, signal: AbortSignal): Promise<void>
  status(): NetworkStatus
  remove(): Promise<void>
}

function createProgrammer(
  options: NftablesOptions & { readonly isMarked: boolean },
  commands: NodeCommands,
): Programmer {
  const ruleset = createServiceRuleset(options)
  // What the kernel holds is unknown before the first success and after a failure.
  let isKnown = false
  /** Ports that are gone and whose flows are not forgotten yet, since a round failed. */
  let unforgotten: readonly ServicePort[] = []
  let status: NetworkStatus = notReady('the service table has not been programmed yet')
  let queue: Promise<void> = Promise.resolve()

  const load = async (script: string, signal: AbortSignal) => {
    // With nothing to change, still notice a table that somebody has removed. Adding a chain that
    // is there fails only without its table; listing it would read thousands of others as well.
    const input = script === '' ? `add chain inet ${options.table} services\n` : script
    await commands.run('nft', ['-f', '-'], { input, signal })
  }
  const update = async (table: ServiceTable, signal: AbortSignal) => {
    signal.throwIfAborted()
    const { before, next, gone, come } = ruleset.change(table)
    const isRest = unforgotten.length > 0
    unforgotten = [...unforgotten, ...gone]
    const wasKnown = isKnown
    isKnown = false
    const whole = () => transaction(options.table, undefined, ruleset.whole())
    try {
      await load(wasKnown ? transaction(options.table, before, next) : whole(), signal)
    } catch (error) {
      if (!wasKnown || signal.aborted) throw error
      // Somebody else may have changed or flushed our table: then only a whole one helps.
      options.log.warn('service table is made anew', { error: messageOf(error) })
      await load(whole(), signal)
    }
    isKnown = true
    try {
      const now = wasKnown && !isRest ? come : table.ports
      await forgetStaleFlows(commands, { before: unforgotten, now }, signal)
      unforgotten = []
    } catch (error) {
      // Routing is right already; the next round forgets what this one has not.
      signal.throwIfAborted()
      options.log.warn('stale flows are not forgotten', { error: messageOf(error) })
    }
  }
  const serialised = (work: () => Promise<void>) => {
    const done = queue.then(work)
    queue = done.catch(() => {})
    return done
  }
  return {
    program: (table, signal) =>
      serialised(async () => {
        try {
          await update(table, signal)
          status = { kind: 'ready' }
        } catch (error) {
          if (!signal.aborted) status = notReady(messageOf(error))
          throw error
        }
      }),
    status: () => status,
    remove: () => serialised(() => removeNftablesTable(options, new AbortController().signal)),
  }
}

const notReady = (message: string): NetworkStatus => ({
  kind: 'notReady',
  reason: 'ServiceRoutingNotReady',
  message,
})
