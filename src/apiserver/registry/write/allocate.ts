import type { KubeObject, Stored } from '#machinery'
import type { Write } from '#store'
import type { Allocation, Scope } from '../../request/resource-request.ts'

/** What all allocators give an object together. */
export function allocateFor(scope: Scope, object: KubeObject, old: Stored | undefined): Allocation {
  const { world, stored } = scope
  return world.allocators
    .filter((allocator) => allocator.handles(stored))
    .reduce<Allocation>(
      (sum, allocator) => {
        const next = allocator.allocate(sum.object, old, world)
        return {
          object: next.object,
          guards: [...sum.guards, ...next.guards],
          writes: [...sum.writes, ...next.writes],
        }
      },
      { object, guards: [], writes: [] },
    )
}

export function releasesOf({ world, stored }: Scope, object: Stored): readonly Write[] {
  return world.allocators
    .filter((allocator) => allocator.handles(stored))
    .flatMap((allocator) => allocator.release(object))
}
