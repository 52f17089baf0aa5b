import { emptyServiceTable, type ServicePort, type ServiceTable } from '#network'

/** The rules of Services on one node, of which faults keep some from arriving. */
export interface ServiceRules {
  /** A table arrives. */
  use(table: ServiceTable): void
  /** The rules of these Services (`namespace/name`) stay as they are now, until they are left out. */
  hold(services: readonly string[]): void
  /** The machine starts again, and has no rules at all. */
  forget(): void
}

export function createServiceRules(putInForce: (table: ServiceTable) => void): ServiceRules {
  let arrived = emptyServiceTable
  let inForce = emptyServiceTable
  let held: ReadonlyMap<string, readonly ServicePort[]> = new Map()
  const apply = () => {
    const next = held.size === 0 ? arrived : withHeld(arrived, held)
    if (next === inForce) return
    inForce = next
    putInForce(next)
  }
  return {
    use: (table) => {
      arrived = table
      apply()
    },
    hold: (services) => {
      if (held.size === 0 && services.length === 0) return
      const portsOf = (service: string) =>
        held.get(service) ?? inForce.ports.filter((port) => serviceOf(port) === service)
      held = new Map(services.map((service) => [service, portsOf(service)]))
      apply()
    },
    forget: () => {
      held = new Map([...held.keys()].map((service) => [service, []]))
      arrived = emptyServiceTable
      inForce = emptyServiceTable
      putInForce(inForce)
    },
  }
}

/** `namespace/name:port`. */
const serviceOf = ({ name }: ServicePort): string => name.slice(0, name.indexOf(':'))

function withHeld(
  table: ServiceTable,
  held: ReadonlyMap<string, readonly ServicePort[]>,
): ServiceTable {
  const others = table.ports.filter((port) => !held.has(serviceOf(port)))
  const ports = [...others, ...[...held.values()].flat()]
  return { ...table, ports: ports.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}
