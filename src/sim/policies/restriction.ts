import {
  emptyPolicyTable,
  type Flow,
  type FlowJudgement,
  judgeFlow,
  type PolicyTable,
  type Protocol,
} from '#network'
import type { TransportProtocol } from '../model/fabric.ts'

/** A connection that policies did not let pass. */
export interface RefusedConnection {
  readonly flow: Flow
  readonly judgement: Extract<FlowJudgement, { readonly kind: 'refused' }>
}

/** What the policies of a node let pass. */
export interface Restriction {
  readonly table: PolicyTable
  /** Puts a table in force. */
  use(table: PolicyTable): void
  /** Whether a connection passes; `first` says that it is its first packet. */
  passes(flow: Flow, first?: 'first'): boolean
}

/** How many refused connections are remembered, so as to report each once. */
const mostKnown = 10_000

export function createRestriction(
  onRefused: ((refused: RefusedConnection) => void) | undefined,
): Restriction {
  let table = emptyPolicyTable
  const known = new Set<string>()
  return {
    get table() {
      return table
    },
    use: (next) => {
      table = next
      known.clear()
    },
    passes: (flow, first) => {
      const judgement = judgeFlow(table, flow)
      if (judgement.kind === 'allowed') return true
      const key = `${flow.from} ${flow.to} ${flow.port} ${flow.protocol}`
      if (first && !known.has(key)) {
        if (known.size === mostKnown) known.clear()
        known.add(key)
        onRefused?.({ flow, judgement })
      }
      return false
    },
  }
}

/** Where a connection goes. */
interface Receiver {
  readonly ip: string
  readonly port: number
  readonly transport: TransportProtocol
}

/** One look that a node takes at a connection, at its first packet and at all later ones. */
export interface PolicyCheck {
  passes(first?: 'first'): boolean
}

const protocols: Readonly<Record<TransportProtocol, Protocol>> = { tcp: 'TCP', udp: 'UDP' }

/** What a node checks of a connection that it passes on. */
export function checksAt(
  router: { readonly restriction: Restriction } | undefined,
  from: string,
  { ip, port, transport }: Receiver,
): readonly PolicyCheck[] {
  if (router === undefined) return []
  const flow: Flow = { from, to: ip, port, protocol: protocols[transport] }
  return [{ passes: (first) => router.restriction.passes(flow, first) }]
}

/**
 * What the node of the sender checks. Names are asked for at an address of the cluster that no packet
 * beyond the node bears; all else is judged by where its Service leads.
 */
export function departureChecks(
  router: { readonly restriction: Restriction } | undefined,
  from: string,
  { target, sentTo }: { readonly target: Receiver; readonly sentTo: Receiver },
): readonly PolicyCheck[] {
  const isForNames = router?.restriction.table.nameServers.includes(target.ip) === true
  return checksAt(router, from, isForNames ? target : sentTo)
}
