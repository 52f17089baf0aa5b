import type { Endpoint, EndpointSlice } from '#api'

export function describeEndpointSlice(
  before: EndpointSlice | undefined,
  after: EndpointSlice,
): readonly string[] {
  const was = statesOf(before)
  const is = statesOf(after)
  const changed = [...is].flatMap(([address, state]) =>
    was.get(address) === state ? [] : [`${address} ${state}`],
  )
  const gone = [...was.keys()].filter((address) => !is.has(address))
  const moved = changed.map((text) => {
    const [address = ''] = text.split(' ')
    const old = was.get(address)
    return old === undefined ? text : `${address} ${old} → ${is.get(address)}`
  })
  return [...moved, ...gone.map((address) => `${address} removed`)]
}

function statesOf(slice: EndpointSlice | undefined): ReadonlyMap<string, string> {
  const all = slice?.endpoints ?? []
  return new Map(all.flatMap((each) => each.addresses.map((address) => [address, stateOf(each)])))
}

function stateOf({ conditions = {} }: Endpoint): string {
  const ready = conditions.ready === false ? 'not ready' : 'ready'
  return conditions.terminating ? `${ready}, terminating` : ready
}
